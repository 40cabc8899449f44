"""HTTP inside the cluster: requests and answers as values, and what a listener is.

Pods, probes and proxies exchange these values directly; bytes are parsed (`http1.py`) only where a real
stream comes in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from grader.embedded.network.errors import EmptyReply, ProtocolError
from grader.embedded.network.streams import Connection


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as a server sees it. Header names are lower case; `target` is path and query; `source` an address."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    source: str = ""
    version: str = "1.1"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    @property
    def host(self) -> str:
        """The Host header without a port, in lower case."""
        host = self.headers.get("host", "")
        return (host if host.endswith("]") else host.rsplit(":", 1)[0] if ":" in host else host).lower()


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer. Header names as the server writes them; Content-Length is added where it is missing."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    reason: str = ""

    def header(self, name: str) -> str | None:
        """A header's value by its name in any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)


Answer = HttpResponse | Awaitable[HttpResponse]
"""Servers answer at once where they can: a probe of a thousand pods then costs no tasks."""


class Listener(Protocol):
    """What listens at an address and port. `tls` ones speak HTTP over TLS (https://)."""

    @property
    def tls(self) -> bool: ...

    def http(self, request: HttpRequest) -> Answer:
        """Answer a request. Raises EmptyReply or ProtocolError where the server speaks something else."""
        ...

    async def stream(self, connection: Connection) -> None:
        """Serve a connection until it ends."""
        ...


class HttpListener:
    """A listener made of a function from request to answer."""

    tls = False

    def __init__(self, handler: Callable[[HttpRequest], Answer], *, tls: bool = False) -> None:
        self.http = handler
        self.tls = tls

    async def stream(self, connection: Connection) -> None:
        from grader.embedded.network.http1 import serve

        await serve(connection, self.http)


class StreamListener:
    """A listener of another protocol than HTTP: what a database is to curl."""

    tls = False

    def __init__(self, serve: Callable[[Connection], Awaitable[None]], *, greeting: bool = False) -> None:
        self._serve = serve
        self._greeting = greeting

    def http(self, request: HttpRequest) -> HttpResponse:
        """curl receives bytes that are no HTTP from servers that speak first, and nothing from the others."""
        raise ProtocolError("malformed HTTP response") if self._greeting else EmptyReply()

    async def stream(self, connection: Connection) -> None:
        await self._serve(connection)


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https URL, taken apart."""

    scheme: str
    host: str
    port: int
    target: str
    user: str = ""

    @property
    def authority(self) -> str:
        """What goes into the Host header."""
        usual = 443 if self.scheme == "https" else 80
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == usual else f"{host}:{self.port}"


def parse_url(text: str) -> Url:
    """Take a URL apart; without a scheme it is http. Raises ValueError when it is none."""
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"unsupported scheme {parts.scheme}")
    if not parts.hostname:
        raise ValueError("no host part in the URL")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    target = parts.path or "/"
    if parts.query:
        target = f"{target}?{parts.query}"
    user = parts.netloc.rpartition("@")[0]
    return Url(parts.scheme, parts.hostname, port, target, user)
