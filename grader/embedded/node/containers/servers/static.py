"""Plain file servers: Apache httpd, busybox httpd and python3 -m http.server differ only in words and headers."""

from __future__ import annotations

import time

from grader.embedded.network.http import Answer, HttpRequest, HttpResponse
from grader.embedded.network.http1 import reason_of
from grader.embedded.node.containers.servers.base import Server
from grader.embedded.node.containers.servers.web import clean_path, combined_log, content_type, entity_tag, http_date


class StaticServer(Server):
    """Settings: `root`, `server` (its Server header), `style` (`apache`, `python` or `busybox`)."""

    root = ""

    @property
    def style(self) -> str:
        style: str = self.spec.settings.get("style", "apache")
        return style

    def handle(self, request: HttpRequest) -> Answer:
        response = self._find(request)
        now = self.container.clock.now()
        agent = request.headers.get("user-agent", "")
        size = len(response.body)
        if self.style == "apache":
            line = combined_log(request.source, now, request.method, request.target, response.status, size, agent)
            self.log(line.rsplit(' "-" "', 1)[0])
        elif self.style == "python":
            moment = time.strftime("%d/%b/%Y %H:%M:%S", time.gmtime(now))
            first = f"{request.method} {request.target} HTTP/{request.version}"
            self.log(f'{request.source} - - [{moment}] "{first}" {response.status} -', "stderr")
        headers = {"Server": self.spec.settings.get("server", "httpd"), "Date": http_date(now), **response.headers}
        return HttpResponse(response.status, headers, response.body)

    def _find(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self._error(501 if self.style == "python" else 405)
        path = clean_path(request.path)
        name = (self.root or self.spec.settings.get("root", "/")).rstrip("/") + path
        files = self.container.files
        if path.endswith("/"):
            for index in ("index.html", "index.htm"):
                data = files.read(name + index)
                if data is not None:
                    return self._content(data, index)
            if files.is_folder(name) and self.style != "busybox":
                return self._listing(name, path)
            return self._error(404)
        data = files.read(name)
        if data is not None:
            return self._content(data, name)
        if files.is_folder(name):
            return HttpResponse(301 if self.style != "busybox" else 302, {"Location": path + "/"})
        return self._error(404)

    def _content(self, data: bytes, name: str) -> HttpResponse:
        headers = {
            "Content-Type": content_type(name, "text/plain"),
            "Last-Modified": http_date(self.container.started_at),
            "ETag": entity_tag(data),
        }
        return HttpResponse(200, headers, data)

    def _listing(self, name: str, path: str) -> HttpResponse:
        title = f"Directory listing for {path}" if self.style == "python" else f"Index of {path}"
        rows = "".join(f'<li><a href="{entry}">{entry}</a></li>\n' for entry in self.container.files.listing(name))
        text = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>\n<ul>\n{rows}</ul>\n</body></html>\n"
        return HttpResponse(200, {"Content-Type": "text/html"}, text.encode())

    def _error(self, status: int) -> HttpResponse:
        phrase = reason_of(HttpResponse(status))
        text = f"<html><head><title>{status} {phrase}</title></head><body><h1>{phrase}</h1></body></html>\n"
        return HttpResponse(status, {"Content-Type": "text/html"}, text.encode())
