"""Several byte streams over one WebSocket, as kubectl and client libraries speak it.

The first byte of each message is a channel's number. Protocols v4 and v5 of `channel.k8s.io`
(k8s.io/apimachinery, package util/remotecommand; v5 adds a message that closes a channel).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
from aiohttp import WSMsgType, web

from grader.embedded.objects import Obj
from grader.embedded.status import ApiError, bad_request

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
STDIN, STDOUT, STDERR, ERROR, RESIZE = range(5)
_CLOSE = 255
_LARGEST = 4 * 1024 * 1024
_QUEUED = 64


def require_upgrade(request: web.BaseRequest) -> None:
    """Raises ApiError for a request that is no WebSocket: 400, and 403 so that kubectl falls back for SPDY."""
    upgrade = request.headers.get("Upgrade", "").lower()
    if upgrade.startswith("spdy"):
        raise ApiError(
            400,
            "BadRequest",
            "this cluster streams over WebSockets only: use kubectl 1.31 or later, or a client that speaks "
            "v5.channel.k8s.io",
        )
    if upgrade != "websocket":
        raise bad_request("Upgrade request required")


class Channels:
    """A prepared WebSocket with numbered channels."""

    def __init__(self) -> None:
        self._socket = web.WebSocketResponse(protocols=PROTOCOLS, max_msg_size=_LARGEST, compress=False)
        self._input: asyncio.Queue[bytes | None] = asyncio.Queue(_QUEUED)
        self._sizes: asyncio.Queue[tuple[int, int] | None] = asyncio.Queue(_QUEUED)

    @property
    def response(self) -> web.WebSocketResponse:
        return self._socket

    async def open(self, request: web.BaseRequest) -> None:
        await self._socket.prepare(request)

    async def send(self, channel: int, data: bytes) -> None:
        """Send data; a client that has gone makes it nothing."""
        if data and not self._socket.closed:
            try:
                await self._socket.send_bytes(bytes([channel]) + data)
            except ConnectionError:
                return

    async def pump(self) -> None:
        """Read until the client leaves, filling `stdin` and `sizes`."""
        try:
            async for message in self._socket:
                data = message.data if message.type is WSMsgType.BINARY else str(message.data).encode()
                if data:
                    await self._take(data[0], data[1:])
        finally:
            for queue in (self._input, self._sizes):
                _end(queue)

    async def _take(self, channel: int, data: bytes) -> None:
        if channel == STDIN:
            await self._input.put(data)
        elif channel == _CLOSE and data[:1] == bytes([STDIN]):
            await self._input.put(None)
        elif channel == RESIZE:
            try:
                size = orjson.loads(data)
                await self._sizes.put((int(size["Width"]), int(size["Height"])))
            except (ValueError, KeyError, TypeError):
                return

    async def stdin(self) -> AsyncIterator[bytes]:
        """What the client types, until it closes its side."""
        while (data := await self._input.get()) is not None:
            yield data

    async def sizes(self) -> AsyncIterator[tuple[int, int]]:
        """(columns, rows) of the client's terminal, as it changes."""
        while (size := await self._sizes.get()) is not None:
            yield size

    async def finish(self, status: Obj) -> None:
        """Send the outcome and close."""
        await self.send(ERROR, orjson.dumps(status))
        await self._socket.close()


def _end(queue: asyncio.Queue[bytes | None] | asyncio.Queue[tuple[int, int] | None]) -> None:
    """End a queue's reader, even where the queue is full."""
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(None)


def outcome(code: int) -> Obj:
    """The Status that says how a command ended."""
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


def failure(message: str) -> Obj:
    """The Status of a stream that could not do its work."""
    return {"metadata": {}, "status": "Failure", "message": message, "reason": "InternalError", "code": 500}
