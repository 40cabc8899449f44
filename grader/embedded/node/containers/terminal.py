"""What a terminal does for a command that is no shell: echo, lines, Ctrl-C, Ctrl-D, and returns before newlines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from grader.embedded.node.containers.call import send
from grader.embedded.node.runtime import Sink

_MAX_LINE = 4096
_MAX_LINES = 256
_CTRL_C = 0x03
_CTRL_D = 0x04


def returning(sink: Sink) -> Sink:
    """A sink that puts a carriage return before each newline, as a terminal's output does."""
    return lambda data: sink(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


class Terminal:
    """Typed keys as whole lines, echoed as they come. `interrupt` is called for Ctrl-C, read by the command or not."""

    def __init__(self, stdin: AsyncIterator[bytes], echo: Sink, interrupt: Callable[[], object]) -> None:
        self._stdin = stdin
        self._echo = echo
        self._interrupt = interrupt
        self._line = bytearray()
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue(_MAX_LINES)
        self._pump = asyncio.ensure_future(self._read())

    def close(self) -> None:
        """The command has ended: nobody reads keys any more."""
        self._pump.cancel()

    async def lines(self) -> AsyncIterator[bytes]:
        """What a command reads, until Ctrl-D or the end of the keys."""
        while (line := await self._lines.get()) is not None:
            yield line

    async def _read(self) -> None:
        async for chunk in self._stdin:
            for key in chunk:
                await self._key(key)
        await self._lines.put(None)

    async def _key(self, key: int) -> None:
        if key == _CTRL_C:
            self._line.clear()
            await send(self._echo, b"^C")
            self._interrupt()
        elif key == _CTRL_D:
            await self._lines.put(bytes(self._line) or None)
            self._line.clear()
        elif key in b"\r\n":
            await send(self._echo, b"\n")
            if not self._lines.full():
                self._lines.put_nowait(bytes(self._line) + b"\n")
            self._line.clear()
        elif key in b"\x7f\x08":
            if self._line:
                self._line.pop()
                await send(self._echo, b"\b \b")
        elif len(self._line) < _MAX_LINE:
            self._line.append(key)
            await send(self._echo, bytes([key]))
