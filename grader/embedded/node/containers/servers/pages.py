"""A server that answers by path from the catalogue: small applications such as hellok8s.

Settings: `routes`, a list of {path, status, headers, body, prefix, delay}; `default`, the same without a path, for
everything else; `access`, the line logged for each request; `port_env` and `port_flag`, which move the port.
Texts may use `${hostname}`, `${pod_ip}`, `${env.NAME}`, `${method}`, `${path}`, `${source}`, `${status}`, `${time}`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from grader.embedded.network.http import Answer, HttpRequest, HttpResponse
from grader.embedded.node.containers.servers.base import Server


class PageServer(Server):
    """Routes of the catalogue."""

    def ports(self) -> list[int]:
        settings = self.spec.settings
        flag: str = settings.get("port_flag", "")
        for word in self.argv[1:] if flag else ():
            if word.startswith(flag):
                digits = word.rpartition(":")[2].rpartition("=")[2]
                if digits.isdigit() and 0 < int(digits) < 65536:
                    return [int(digits)]
        text = self.container.env.get(settings.get("port_env", ""), "")
        return [int(text)] if text.isdigit() and 0 < int(text) < 65536 else list(self.spec.ports)

    def handle(self, request: HttpRequest) -> Answer:
        route = self._route(request)
        status = int(route.get("status", 200))
        access = self.spec.settings.get("access")
        if access:
            self.log(self._fill(access, request, status), self.spec.settings.get("access_stream", "stdout"))
        headers = {"Content-Type": "text/plain; charset=utf-8", **route.get("headers", {})}
        body = self._fill(str(route.get("body", "")), request, status)
        response = HttpResponse(status, headers, body.encode())
        delay = float(route.get("delay", 0))
        return self._later(response, delay) if delay else response

    def _route(self, request: HttpRequest) -> Mapping[str, Any]:
        best: Mapping[str, Any] | None = None
        for route in self.spec.settings.get("routes", ()):
            path = route["path"]
            fits = request.path.startswith(path) if route.get("prefix") else request.path == path
            if fits and route.get("method", request.method) == request.method:
                best = route
                break
        if best is not None:
            return best
        default: Mapping[str, Any] = self.spec.settings.get("default", {"status": 404, "body": "404 page not found\n"})
        return default

    def _fill(self, text: str, request: HttpRequest, status: int) -> str:
        if "${" not in text:
            return text
        now = time.gmtime(self.container.clock.now())
        values = {
            "method": request.method,
            "path": request.path,
            "target": request.target,
            "source": request.source,
            "status": str(status),
            "agent": request.headers.get("user-agent", "-"),
            "host": request.headers.get("host", ""),
            "headers": "".join(f"{name.title()}: {value}\n" for name, value in sorted(request.headers.items())),
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", now),
            "iso_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", now),
        }
        text = self.container.fill(text)
        for name, value in values.items():
            text = text.replace("${" + name + "}", value)
        return text

    async def _later(self, response: HttpResponse, delay: float) -> HttpResponse:
        await self.container.clock.sleep(delay)
        return response
