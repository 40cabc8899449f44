"""Real sockets at the cluster's edge, each leading to a port inside it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

from grader.embedded.network.errors import NetworkError
from grader.embedded.network.streams import Connection

_BACKLOG = 128
_MAX_CONNECTIONS = 512
_CHUNK = 65536

Connector = Callable[[], Awaitable[Connection]]


def bind(address: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError (EADDRINUSE, EACCES, EADDRNOTAVAIL)."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


class Forwarder:
    """One real port. Connections are passed on byte by byte; those that the inside refuses are reset."""

    def __init__(self, sock: socket.socket, connect: Connector) -> None:
        self._connect = connect
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._closed = False
        self.address: tuple[str, int] = sock.getsockname()[:2]
        self._sock = sock
        self._starting = asyncio.ensure_future(self._start(sock))

    def close(self) -> None:
        """Stop listening at once; connections that are open end."""
        self._closed = True
        self._starting.cancel()
        if self._server is not None:
            self._server.close()
        else:
            self._sock.close()
        for task in self._tasks:
            task.cancel()

    async def _start(self, sock: socket.socket) -> None:
        self._server = await asyncio.start_server(self._accept, sock=sock)
        if self._closed:
            self._server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= _MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (asyncio.CancelledError, OSError):
            writer.transport.abort()
        finally:
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner = await self._connect()
        except NetworkError:
            writer.transport.abort()
            return
        up = asyncio.ensure_future(_upwards(reader, inner))
        try:
            while data := await inner.read(_CHUNK):
                writer.write(data)
                await writer.drain()
        finally:
            up.cancel()
            inner.close()
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _upwards(reader: asyncio.StreamReader, inner: Connection) -> None:
    with contextlib.suppress(BrokenPipeError, OSError):
        while data := await reader.read(_CHUNK):
            await inner.write(data)
        inner.write_eof()
