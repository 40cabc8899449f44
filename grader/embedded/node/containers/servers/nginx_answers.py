"""nginx's answers: locations, static files, redirects, error pages, and proxying within the cluster."""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from grader.embedded.network.errors import ConnectError, NameNotFound, NetworkError, ReadTimeout
from grader.embedded.network.http import Answer, HttpRequest, HttpResponse
from grader.embedded.network.http1 import reason_of
from grader.embedded.node.containers.servers.nginx_config import (
    Config,
    Location,
    VirtualServer,
    choose_location,
    choose_server,
)
from grader.embedded.node.containers.servers.web import clean_path, combined_log, content_type, entity_tag, http_date

if TYPE_CHECKING:
    from grader.embedded.node.containers.container import SimulatedContainer

_PROXY_TIMEOUT = 60.0
_MAX_INTERNAL = 10

Settings = dict[str, list[list[str]]]


class _Target(NamedTuple):
    """What answers a request: its server's and location's settings."""

    server: VirtualServer
    location: Location | None
    settings: Settings


class Responder:
    """Answers requests by the configuration in force. `log` takes a line and its stream."""

    def __init__(
        self, container: SimulatedContainer, config: Callable[[], Config], log: Callable[[str, str], None]
    ) -> None:
        self.container = container
        self._config = config
        self._log = log
        self._turn = 0

    def answer(self, port: int, request: HttpRequest) -> Answer:
        """Answer a request to a port, and log it."""
        server = choose_server(self._config(), port, request.host)
        if server is None:
            return HttpResponse(404)
        answer = self._serve(server, request, clean_path(request.path), 0)
        if inspect.isawaitable(answer):
            return self._logged_later(answer, request)
        return self._logged(answer, request)

    async def _logged_later(self, answer: object, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = await answer  # type: ignore[misc]
        return self._logged(response, request)

    def _logged(self, response: HttpResponse, request: HttpRequest) -> HttpResponse:
        now = self.container.clock.now()
        agent = request.headers.get("user-agent", "")
        size = 0 if request.method == "HEAD" else len(response.body)
        line = combined_log(request.source, now, request.method, request.target, response.status, size, agent)
        self._log(line + ' "-"', "stdout")
        headers = {"Server": f"nginx/{self.container.spec.version}", "Date": http_date(now), **response.headers}
        return HttpResponse(response.status, headers, response.body, response.reason)

    def _serve(self, server: VirtualServer, request: HttpRequest, path: str, depth: int) -> Answer:
        location = choose_location(server, path)
        settings = location.settings if location else server.settings
        target = _Target(server, location, settings)
        if depth > _MAX_INTERNAL:
            return self._error(500, target)
        returned = settings.get("return") or server.settings.get("return")
        if returned:
            return self._return(returned[0], request, target)
        if ["all"] in settings.get("deny", ()):
            return self._finish(self._error(403, target), request, target, depth)
        if "proxy_pass" in settings:
            return self._proxy(settings["proxy_pass"][0][0], request, path, target)
        if "stub_status" in settings:
            return HttpResponse(200, {"Content-Type": "text/plain"}, b"Active connections: 1 \n")
        if request.method not in ("GET", "HEAD"):
            return self._error(405, target)
        if "try_files" in settings:
            return self._try_files(settings["try_files"][0], request, path, target, depth)
        return self._finish(self._file(request, path, target), request, target, depth)

    def _return(self, args: list[str], request: HttpRequest, target: _Target) -> HttpResponse:
        code = int(args[0]) if args and args[0].isdigit() else 302
        text = self._expand(args[-1] if len(args) > 1 or not args[0].isdigit() else "", request)
        headers = self._extra_headers(target, request)
        if code in (301, 302, 303, 307, 308):
            page = _page(f"{code} {reason_of(HttpResponse(code))}", self.container.spec.version)
            return HttpResponse(code, {"Content-Type": "text/html", "Location": text, **headers}, page)
        if not text and code >= 300:
            return self._error(code, target)
        kind = self._default_type(target)
        return HttpResponse(code, {"Content-Type": kind, **headers}, text.encode())

    def _file(self, request: HttpRequest, path: str, target: _Target) -> HttpResponse:
        name = self._name_of(path, target)
        files = self.container.files
        if path.endswith("/"):
            for index in (target.settings.get("index") or [["index.html"]])[0]:
                data = files.read(f"{name.rstrip('/')}/{index}")
                if data is not None:
                    return self._content(data, index, target, request)
            listed = ["on"] in target.settings.get("autoindex", ())
            if files.is_folder(name):
                return self._index(name, path) if listed else self._missing(name, request, target, 403)
            return self._missing(f"{name}index.html", request, target)
        data = files.read(name)
        if data is not None:
            return self._content(data, name, target, request)
        if files.is_folder(name):
            host = request.headers.get("host", "localhost")
            page = _page("301 Moved Permanently", self.container.spec.version)
            return HttpResponse(301, {"Content-Type": "text/html", "Location": f"http://{host}{path}/"}, page)
        return self._missing(name, request, target)

    def _name_of(self, path: str, target: _Target) -> str:
        alias = target.settings.get("alias")
        if alias and target.location is not None:
            return alias[0][0] + path[len(target.location.pattern) :]
        root = (target.settings.get("root") or [["/etc/nginx/html"]])[0][0]
        return root.rstrip("/") + path

    def _content(self, data: bytes, name: str, target: _Target, request: HttpRequest) -> HttpResponse:
        kind = content_type(name, "") or self._default_type(target)
        headers = {
            "Content-Type": kind,
            "Last-Modified": http_date(self.container.started_at),
            "ETag": entity_tag(data),
            "Accept-Ranges": "bytes",
            **self._extra_headers(target, request),
        }
        return HttpResponse(200, headers, data)

    def _index(self, name: str, path: str) -> HttpResponse:
        rows = "".join(f'<a href="{entry}">{entry}</a>\r\n' for entry in self.container.files.listing(name))
        title = f"<head><title>Index of {path}</title></head>"
        text = f"<html>\r\n{title}\r\n<body>\r\n<pre>{rows}</pre></body>\r\n</html>\r\n"
        return HttpResponse(200, {"Content-Type": "text/html"}, text.encode())

    def _try_files(self, args: list[str], request: HttpRequest, path: str, target: _Target, depth: int) -> Answer:
        *tried, last = args
        for word in tried:
            candidate = self._expand(word, request).replace("$uri", path)
            name = self._name_of(candidate, target)
            folder = candidate.endswith("/")
            if (folder and self.container.files.is_folder(name)) or (
                not folder and self.container.files.read(name) is not None
            ):
                return self._finish(self._file(request, candidate, target), request, target, depth)
        if last.startswith("="):
            return self._finish(self._error(int(last[1:] or 404), target), request, target, depth)
        if last.startswith("@"):
            named = next((loc for loc in target.server.locations if loc.pattern == last), None)
            if named is None:
                return self._error(500, target)
            return self._named(named, request, path, target.server)
        return self._serve(target.server, request, self._expand(last, request).replace("$uri", path), depth + 1)

    def _named(self, location: Location, request: HttpRequest, path: str, server: VirtualServer) -> Answer:
        target = _Target(server, location, location.settings)
        if "proxy_pass" in location.settings:
            return self._proxy(location.settings["proxy_pass"][0][0], request, path, target)
        if "return" in location.settings:
            return self._return(location.settings["return"][0], request, target)
        return self._file(request, path, target)

    def _finish(self, response: HttpResponse, request: HttpRequest, target: _Target, depth: int) -> Answer:
        """Replace an error by the page that `error_page` names."""
        if response.status < 300:
            return response
        for *codes, page in target.settings.get("error_page", ()):
            wanted = [code for code in codes if not code.startswith("=")]
            if str(response.status) in wanted and page.startswith("/") and depth <= _MAX_INTERNAL:
                location = choose_location(target.server, page)
                settings = location.settings if location else target.server.settings
                name = self._name_of(page, _Target(target.server, location, settings))
                data = self.container.files.read(name)
                if data is not None:
                    status = next((int(c[1:]) for c in codes if c[:1] == "=" and c[1:].isdigit()), response.status)
                    return HttpResponse(status, {"Content-Type": content_type(page, "text/html")}, data)
        return response

    def _missing(self, name: str, request: HttpRequest, target: _Target, status: int = 404) -> HttpResponse:
        why = (
            f'open() "{name}" failed (2: No such file or directory)'
            if status == 404
            else f'directory index of "{name}" is forbidden'
        )
        server = target.server.names[0] if target.server.names else ""
        host = request.headers.get("host", "")
        line = (
            f"{stamp(self.container, 'error', worker=True)}*1 {why}, client: {request.source}, server: {server}, "
            f'request: "{request.method} {request.target} HTTP/1.1", host: "{host}"'
        )
        self._log(line, "stderr")
        return self._error(status, target)

    def _error(self, status: int, target: _Target) -> HttpResponse:
        text = f"{status} {reason_of(HttpResponse(status))}".strip()
        return HttpResponse(status, {"Content-Type": "text/html"}, _page(text, self.container.spec.version))

    def _extra_headers(self, target: _Target, request: HttpRequest) -> dict[str, str]:
        return {
            args[0]: self._expand(args[1], request) for args in target.settings.get("add_header", ()) if len(args) > 1
        }

    def _default_type(self, target: _Target) -> str:
        return (target.settings.get("default_type") or [["text/plain"]])[0][0]

    def _expand(self, text: str, request: HttpRequest) -> str:
        """nginx's variables in a text; unknown ones are empty."""
        values = {
            "host": request.host,
            "http_host": request.headers.get("host", ""),
            "request_uri": request.target,
            "args": request.query,
            "query_string": request.query,
            "is_args": "?" if request.query else "",
            "remote_addr": request.source,
            "request_method": request.method,
            "scheme": "http",
            "hostname": self.container.config.hostname,
            "server_addr": self.container.config.pod_ip,
            "proxy_add_x_forwarded_for": request.source,
            "uri": "$uri",
        }

        def value(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if name.startswith("http_"):
                return request.headers.get(name[5:].replace("_", "-"), "")
            return values.get(name, "")

        return re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, text) if "$" in text else text

    async def _proxy(self, wanted: str, request: HttpRequest, path: str, target: _Target) -> HttpResponse:
        url = self._expand(wanted, request)
        scheme, _, rest = url.partition("://")
        authority, slash, tail = rest.partition("/")
        backends = self._config().upstreams.get(authority)
        if backends:
            authority = backends[self._turn % len(backends)]
            self._turn += 1
        if slash:
            prefix = target.location.pattern if target.location else "/"
            rest_path = "/" + tail + path[len(prefix) :]
        else:
            rest_path = path
        query = f"?{request.query}" if request.query else ""
        headers = {**request.headers, "host": rest.partition("/")[0], "connection": "close"}
        for args in target.settings.get("proxy_set_header", ()):
            if len(args) > 1:
                headers[args[0].lower()] = self._expand(args[1], request)
        container = self.container
        try:
            return await container.network.http(
                container.config.pod_ip,
                request.method,
                f"{scheme}://{authority}{rest_path}{query}",
                headers,
                request.body,
                _PROXY_TIMEOUT,
                resolver=container.resolver,
            )
        except (ReadTimeout, TimeoutError):
            return self._error(504, target)
        except NetworkError as error:
            why = "host not found" if isinstance(error, NameNotFound) else "connect() failed (111: Connection refused)"
            if isinstance(error, ConnectError | NameNotFound):
                begin = stamp(self.container, "error", worker=True)
                self._log(f'{begin}*1 {why} while connecting to upstream, upstream: "{url}"', "stderr")
            return self._error(502, target)
        except ValueError:
            return self._error(500, target)


def stamp(container: SimulatedContainer, level: str, *, worker: bool = False) -> str:
    """What a line of the error log begins with."""
    moment = time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime(container.clock.now()))
    return f"{moment} [{level}] {'29#29' if worker else '1#1'}: "


def _page(title: str, version: str) -> bytes:
    """nginx's own error page."""
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        f"<hr><center>nginx/{version}</center>\r\n</body>\r\n</html>\r\n"
    ).encode()
