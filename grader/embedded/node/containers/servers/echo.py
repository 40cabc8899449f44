"""Servers that tell of the request and of themselves: http-echo, whoami, agnhost, hello-app, httpbin's basics.

`style` in the settings says which. Paths and forms are those that the images document.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs

from grader.embedded.network.errors import NetworkError
from grader.embedded.network.http import Answer, HttpRequest, HttpResponse
from grader.embedded.node.containers.servers.base import Server, ServerFailure
from grader.embedded.node.containers.servers.web import http_date
from grader.embedded.node.images.image import FixedProgram

_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


class EchoServer(Server):
    """Chooses its answers by `style`."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._styles: dict[str, Callable[[HttpRequest], Answer]] = {
            "http-echo": self._http_echo,
            "whoami": self._whoami,
            "agnhost": self._agnhost,
            "hello-app": self._hello_app,
            "httpbin": self._httpbin,
        }

    @property
    def style(self) -> str:
        style: str = self.spec.settings["style"]
        return style

    def answer_at_once(self, argv: Sequence[str]) -> FixedProgram | None:
        if self.style == "http-echo" and not self._flag("text") and not self.container.env.get("ECHO_TEXT"):
            return FixedProgram(stderr="Missing -text option!\n", code=127)
        return None

    def ports(self) -> list[int]:
        wanted = {
            "http-echo": self._flag("listen"),
            "whoami": self._flag("port"),
            "agnhost": self._flag("http-port") or self._flag("port"),
            "hello-app": self.container.env.get("PORT", ""),
        }.get(self.style, "")
        digits = wanted.rpartition(":")[2]
        if digits.isdigit() and 0 < int(digits) < 65536:
            return [int(digits)]
        if self.style == "agnhost":
            return {"pause": [], "serve-hostname": [9376], "liveness": [8080]}.get(self._subcommand(), [8080])
        return list(self.spec.ports)

    def start(self) -> None:
        if self.style == "agnhost" and self._subcommand() == "":
            raise ServerFailure("Usage:\n  app [command]\n", 0)
        super().start()

    def handle(self, request: HttpRequest) -> Answer:
        return self._styles[self.style](request)

    def _flag(self, name: str) -> str:
        """A flag's value, with one dash or two, after `=` or as the next word."""
        words = list(self.argv[1:])
        for index, word in enumerate(words):
            key, equals, value = word.lstrip("-").partition("=")
            if word.startswith("-") and key == name:
                return value if equals else words[index + 1] if index + 1 < len(words) else ""
        return ""

    def _subcommand(self) -> str:
        return next((word for word in self.argv[1:] if not word.startswith("-")), "")

    def _http_echo(self, request: HttpRequest) -> HttpResponse:
        text = self._flag("text") or self.container.env.get("ECHO_TEXT", "")
        headers = {"X-App-Name": "http-echo", "X-App-Version": self.container.spec.version, **_TEXT}
        if request.path == "/health":
            return HttpResponse(200, {"Content-Type": "application/json"}, b'{"status":"ok"}\n')
        host = request.headers.get("host", "")
        agent = request.headers.get("user-agent", "")
        body = text.encode() + b"\n"
        moment = http_date(self.container.clock.now())
        self.log(
            f'{moment} {host} {request.source} "{request.method} {request.target} HTTP/1.1" 200 {len(body)} "{agent}"'
        )
        return HttpResponse(200, headers, body)

    def _whoami(self, request: HttpRequest) -> HttpResponse:
        path = request.path
        if path == "/health":
            return HttpResponse(200, _TEXT)
        if path == "/api":
            facts = {
                "hostname": self.container.config.hostname,
                "ip": ["127.0.0.1", self.container.config.pod_ip],
                "headers": {name.title(): [value] for name, value in request.headers.items()},
                "url": request.target,
                "host": request.headers.get("host", ""),
                "method": request.method,
                "name": self.container.env.get("WHOAMI_NAME", ""),
            }
            return HttpResponse(200, {"Content-Type": "application/json"}, json.dumps(facts).encode() + b"\n")
        name = self._flag("name") or self.container.env.get("WHOAMI_NAME", "")
        lines = [f"Name: {name}"] if name else []
        lines += [f"Hostname: {self.container.config.hostname}", "IP: 127.0.0.1", f"IP: {self.container.config.pod_ip}"]
        lines += [f"RemoteAddr: {request.source}:40000", f"{request.method} {request.target} HTTP/1.1"]
        lines += [f"Host: {request.headers.get('host', '')}"]
        lines += [f"{key.title()}: {value}" for key, value in sorted(request.headers.items()) if key != "host"]
        return HttpResponse(200, _TEXT, ("\n".join(lines) + "\n\n").encode())

    def _hello_app(self, request: HttpRequest) -> HttpResponse:
        version = self.container.spec.version
        body = f"Hello, world!\nVersion: {version}\nHostname: {self.container.config.hostname}\n"
        self.log(f"Serving request: {request.path}", "stderr")
        return HttpResponse(200, _TEXT, body.encode())

    def _httpbin(self, request: HttpRequest) -> Answer:
        host = request.headers.get("host", "")
        headers = {name.title(): value for name, value in request.headers.items()}
        query = {key: values[0] for key, values in parse_qs(request.query).items()}
        facts: dict[str, object] = {"args": query, "headers": headers, "origin": request.source}
        facts["url"] = f"http://{host}{request.target}"
        parts = request.path.strip("/").split("/")
        if parts[0] == "status" and len(parts) > 1 and parts[1].isdigit():
            return HttpResponse(int(parts[1]), _TEXT)
        if parts[0] == "headers":
            facts = {"headers": headers}
        elif parts[0] == "ip":
            facts = {"origin": request.source}
        elif parts[0] in ("post", "put", "patch", "delete", "anything"):
            facts |= {"data": request.body.decode("utf-8", "replace"), "method": request.method}
        elif parts[0] == "delay" and len(parts) > 1 and parts[1].replace(".", "").isdigit():
            return self._after(min(float(parts[1]), 10), self._json(facts))
        elif parts[0] not in ("get", ""):
            return HttpResponse(404, {"Content-Type": "text/html"}, b"<h1>Not Found</h1>\n")
        return self._json(facts)

    def _json(self, facts: object) -> HttpResponse:
        body = json.dumps(facts, indent=2).encode() + b"\n"
        return HttpResponse(200, {"Content-Type": "application/json"}, body)

    async def _after(self, seconds: float, response: HttpResponse) -> HttpResponse:
        await self.container.clock.sleep(seconds)
        return response

    def _agnhost(self, request: HttpRequest) -> Answer:
        command = self._subcommand()
        if command == "serve-hostname":
            return HttpResponse(200, _TEXT, self.container.config.hostname.encode())
        if command == "liveness":
            age = self.container.clock.now() - self.container.started_at
            return (
                HttpResponse(500, _TEXT, f"error: {age:.3f}".encode()) if age > 10 else HttpResponse(200, _TEXT, b"ok")
            )
        return self._netexec(request)

    def _netexec(self, request: HttpRequest) -> Answer:
        query = {key: values[0] for key, values in parse_qs(request.query).items()}
        path = request.path
        if path == "/hostname":
            return HttpResponse(200, _TEXT, self.container.config.hostname.encode())
        if path == "/clientip":
            return HttpResponse(200, _TEXT, f"{request.source}:40000".encode())
        if path == "/echo":
            return HttpResponse(int(query.get("code", "200")), _TEXT, query.get("msg", "").encode())
        if path == "/healthz":
            return HttpResponse(200, _TEXT)
        if path == "/header":
            return HttpResponse(200, _TEXT, request.headers.get(query.get("key", "").lower(), "").encode())
        if path == "/exit":
            code = int(query.get("code", "0"))
            self.container.clock.call_later(0.01, lambda: self.container.ended(code))
            return HttpResponse(200, _TEXT)
        if path == "/dial":
            return self._dial(query)
        if path in ("", "/"):
            return HttpResponse(200, _TEXT, f"NOW: {http_date(self.container.clock.now())}".encode())
        return HttpResponse(404, _TEXT, b"404 page not found\n")

    async def _dial(self, query: dict[str, str]) -> HttpResponse:
        url = f"http://{query.get('host', '')}:{query.get('port', '80')}/{query.get('request', 'hostname').lstrip('/')}"
        answers: list[str] = []
        errors: list[str] = []
        for _ in range(min(int(query.get("tries", "1") or 1), 20)):
            try:
                response = await self.container.network.http(
                    self.container.config.pod_ip, "GET", url, timeout=5, resolver=self.container.resolver
                )
                answers.append(response.body.decode("utf-8", "replace"))
            except (NetworkError, ValueError) as error:
                errors.append(str(error))
            await asyncio.sleep(0)
        facts = {"responses": answers, **({"errors": errors} if errors else {})}
        return HttpResponse(200, _TEXT, json.dumps(facts).encode())
