"""Byte streams inside the process: what TCP connections between pods, and from the edge to a pod, are made of."""

from __future__ import annotations

import asyncio

_WINDOW = 256 * 1024


class Pipe:
    """One direction of a connection. A writer waits while `_WINDOW` bytes are unread."""

    __slots__ = ("_broken", "_buffer", "_ended", "_readers", "_writers")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._ended = False
        self._broken = False
        self._readers: list[asyncio.Future[None]] = []
        self._writers: list[asyncio.Future[None]] = []

    async def read(self, limit: int) -> bytes:
        """Up to `limit` bytes; empty at the end."""
        while not self._buffer and not self._ended:
            await _wait(self._readers)
        data = bytes(self._buffer[:limit])
        del self._buffer[:limit]
        _wake(self._writers)
        return data

    async def write(self, data: bytes) -> None:
        """Raises BrokenPipeError once the reader is gone."""
        while len(self._buffer) >= _WINDOW and not self._broken:
            await _wait(self._writers)
        if self._broken or self._ended:
            raise BrokenPipeError
        self._buffer += data
        _wake(self._readers)

    def end(self) -> None:
        """No more is written."""
        self._ended = True
        _wake(self._readers)

    def break_off(self) -> None:
        """No more is read."""
        self._broken = True
        self._ended = True
        _wake(self._writers)
        _wake(self._readers)


class Connection:
    """One end of a connection. `peer` is the other end's address, as a server logs it."""

    __slots__ = ("_in", "_out", "peer")

    def __init__(self, incoming: Pipe, outgoing: Pipe, peer: str) -> None:
        self._in = incoming
        self._out = outgoing
        self.peer = peer

    async def read(self, limit: int = 65536) -> bytes:
        """Up to `limit` bytes; empty when the other end has finished."""
        return await self._in.read(limit)

    async def write(self, data: bytes) -> None:
        """Raises BrokenPipeError when the other end has closed."""
        await self._out.write(data)

    def write_eof(self) -> None:
        """Say that no more will be written."""
        self._out.end()

    def close(self) -> None:
        """Finish both directions."""
        self._out.end()
        self._in.break_off()


def connection_pair(client: str, server: str) -> tuple[Connection, Connection]:
    """Both ends of a new connection: the client's and the server's."""
    up, down = Pipe(), Pipe()
    return Connection(down, up, server), Connection(up, down, client)


async def _wait(waiters: list[asyncio.Future[None]]) -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiters.append(future)
    try:
        await future
    finally:
        if future in waiters:
            waiters.remove(future)


def _wake(waiters: list[asyncio.Future[None]]) -> None:
    for future in waiters:
        if not future.done():
            future.set_result(None)
    waiters.clear()
