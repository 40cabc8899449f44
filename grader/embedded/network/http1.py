"""HTTP/1.1 on a byte stream: requests read, answers written (RFC 9112), with bounds on everything.

Enough for clients at the edge (curl, browsers, wget, the grader's own checks): keep-alive, lengths, chunked
bodies, HEAD, Expect. No upgrades and no trailers.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from http import HTTPStatus

from grader.embedded.network.errors import EmptyReply, ProtocolError
from grader.embedded.network.http import Answer, HttpRequest, HttpResponse
from grader.embedded.network.streams import Connection

_MAX_HEAD = 64 * 1024
_MAX_BODY = 16 * 1024 * 1024
_BODILESS = (204, 304)


class Reader:
    """Reads lines and counted bytes from a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._buffer = b""

    async def head(self) -> bytes:
        """Everything up to the empty line; empty at the end of the stream. Raises ProtocolError when it is too long."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _MAX_HEAD:
                raise ProtocolError("431 request header fields too large")
            data = await self._connection.read()
            if not data:
                if self._buffer.strip():
                    raise ProtocolError("400 unexpected end of headers")
                return b""
            self._buffer = (self._buffer + data).lstrip(b"\r\n") if not self._buffer else self._buffer + data
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        return head

    async def line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _MAX_HEAD or not await self._more():
                raise ProtocolError("400 bad chunk")
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    async def exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            if not await self._more():
                raise ProtocolError("400 body ended early")
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    async def rest(self) -> bytes:
        """Everything until the other end finishes."""
        while len(self._buffer) <= _MAX_BODY and await self._more():
            pass
        data, self._buffer = self._buffer, b""
        return data

    async def _more(self) -> bool:
        data = await self._connection.read()
        self._buffer += data
        return bool(data)


async def serve(connection: Connection, handler: Callable[[HttpRequest], Answer]) -> None:
    """Answer requests on a connection until either side ends it."""
    reader = Reader(connection)
    try:
        while True:
            try:
                request = await _request(reader, connection)
            except ProtocolError as error:
                code = int(str(error)[:3])
                await connection.write(encode(HttpResponse(code, {"Connection": "close"}), "GET"))
                return
            if request is None:
                return
            answer = handler(request)
            response = await answer if inspect.isawaitable(answer) else answer
            keep = _keeps_alive(request)
            await connection.write(encode(response, request.method, keep))
            if not keep:
                return
    except (BrokenPipeError, EmptyReply):
        return
    finally:
        connection.close()


async def _request(reader: Reader, connection: Connection) -> HttpRequest | None:
    head = await reader.head()
    if not head:
        return None
    first, headers = _headers(head)
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise ProtocolError("400 bad request line")
    method, target, version = parts
    if headers.get("expect", "").lower() == "100-continue":
        await connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await _body(reader, headers)
    return HttpRequest(method, target, headers, body, connection.peer.rsplit(":", 1)[0], version.removeprefix("HTTP/"))


async def _body(reader: Reader, headers: dict[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return await _chunks(reader)
    length = headers.get("content-length", "0")
    if not length.isdigit():
        raise ProtocolError("400 bad content length")
    if int(length) > _MAX_BODY:
        raise ProtocolError("413 body too large")
    return await reader.exactly(int(length))


async def _chunks(reader: Reader) -> bytes:
    body = bytearray()
    while True:
        try:
            size = int((await reader.line()).split(b";")[0], 16)
        except ValueError:
            raise ProtocolError("400 bad chunk size") from None
        if size < 0 or len(body) + size > _MAX_BODY:
            raise ProtocolError("413 body too large")
        body += await reader.exactly(size)
        if await reader.line() and size:
            raise ProtocolError("400 bad chunk")
        if not size:
            return bytes(body)


def _headers(head: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ProtocolError("400 bad header")
        key = name.lower()
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    return first, headers


def _keeps_alive(request: HttpRequest) -> bool:
    wish = request.headers.get("connection", "").lower()
    return wish == "keep-alive" if request.version == "1.0" else wish != "close"


def reason_of(response: HttpResponse) -> str:
    """The reason phrase of an answer."""
    if response.reason:
        return response.reason
    try:
        return HTTPStatus(response.status).phrase
    except ValueError:
        return ""


def encode(response: HttpResponse, method: str, keep: bool = True) -> bytes:
    """An answer as bytes."""
    lines = [f"HTTP/1.1 {response.status} {reason_of(response)}".rstrip()]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.header("content-length") is None and response.status not in _BODILESS:
        lines.append(f"Content-Length: {len(response.body)}")
    if not keep and response.header("connection") is None:
        lines.append("Connection: close")
    head = ("\r\n".join(line.replace("\r", "").replace("\n", "") for line in lines) + "\r\n\r\n").encode(
        "latin-1", "replace"
    )
    return head if method == "HEAD" or response.status in _BODILESS else head + response.body


async def request_over(connection: Connection, request: HttpRequest) -> HttpResponse:
    """Send a request over a stream and read the answer. Raises EmptyReply and ProtocolError."""
    headers = {**request.headers, "connection": "close"}
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        headers["content-length"] = str(len(request.body))
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    await connection.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + request.body)
    reader = Reader(connection)
    head = await reader.head()
    if not head:
        raise EmptyReply
    first, answered = _headers(head)
    parts = first.split(" ", 2)
    if not parts[0].startswith("HTTP/") or len(parts) < 2 or not parts[1].isdigit():
        raise ProtocolError("malformed HTTP response")
    status = int(parts[1])
    if request.method == "HEAD" or status in _BODILESS:
        body = b""
    elif "content-length" in answered or "chunked" in answered.get("transfer-encoding", ""):
        body = await _body(reader, answered)
    else:
        body = await reader.rest()
    return HttpResponse(status, answered, body, parts[2] if len(parts) > 2 else "")
