"""A container's output as the container runtime logs it: lines with the time they were completed.

Lines longer than 16 KiB are cut into partial ones, as the CRI log format has it; what exceeds 10 MiB drops the
oldest lines, as the kubelet's log rotation does.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from itertools import islice

from grader.embedded.clock import Clock
from grader.embedded.node.runtime import LogLine

_LINE = 16 * 1024
_BOUND = 10 * 1024 * 1024
_OVERHEAD = 100


class LogBuffer:
    """Collects output; implements `runtime.Logs`."""

    __slots__ = ("_clock", "_closed", "_dropped", "_lines", "_partial", "_size", "_waiting")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lines: deque[LogLine] = deque()
        self._partial: dict[str, bytes] = {}
        self._size = 0
        self._dropped = 0
        self._closed = False
        self._waiting: list[asyncio.Future[None]] = []

    def write(self, stream: str, data: bytes) -> None:
        """Take output of `stdout` or `stderr`."""
        if not data:
            return
        text = self._partial.pop(stream, b"") + data
        *whole, rest = text.split(b"\n")
        now = self._clock.now()
        for line in whole:
            self._add(now, stream, line)
        while len(rest) >= _LINE:
            self._append(LogLine(now, stream, rest[:_LINE], partial=True))
            rest = rest[_LINE:]
        if rest:
            self._partial[stream] = rest
        self._wake()

    def close(self) -> None:
        """The container has ended: unfinished lines are complete, followers stop."""
        now = self._clock.now()
        for stream, text in self._partial.items():
            self._append(LogLine(now, stream, text, partial=True))
        self._partial.clear()
        self._closed = True
        self._wake()

    def lines(
        self, *, tail: int | None = None, since: float | None = None, limit_bytes: int | None = None
    ) -> list[LogLine]:
        """The last `tail` lines, of those at or after `since`, until `limit_bytes` are full."""
        start = 0 if tail is None else max(len(self._lines) - tail, 0)
        found = [line for line in islice(self._lines, start, None) if since is None or line.time >= since]
        if limit_bytes is None:
            return found
        kept: list[LogLine] = []
        for line in found:
            if limit_bytes <= 0:
                break
            kept.append(line)
            limit_bytes -= len(line.text) + 1
        return kept

    async def follow(self, *, tail: int | None = None, since: float | None = None) -> AsyncIterator[LogLine]:
        """What is there, then what comes, until the container has ended."""
        position = self._dropped + (0 if tail is None else max(len(self._lines) - tail, 0))
        while True:
            position = max(position, self._dropped)
            fresh = list(islice(self._lines, position - self._dropped, None))
            position += len(fresh)
            for line in fresh:
                if since is None or line.time >= since:
                    yield line
            if position < self._dropped + len(self._lines):
                continue
            if self._closed:
                return
            await self._change()

    def tail_text(self, max_lines: int = 80, max_bytes: int = 2048) -> str:
        """The end of the output, at most so many lines and bytes."""
        text = b"".join(line.text + (b"" if line.partial else b"\n") for line in self.lines(tail=max_lines))
        return text[-max_bytes:].decode("utf-8", "replace")

    def _add(self, now: float, stream: str, line: bytes) -> None:
        while len(line) > _LINE:
            self._append(LogLine(now, stream, line[:_LINE], partial=True))
            line = line[_LINE:]
        self._append(LogLine(now, stream, line))

    def _append(self, line: LogLine) -> None:
        self._lines.append(line)
        self._size += len(line.text) + _OVERHEAD
        while self._size > _BOUND:
            self._size -= len(self._lines.popleft().text) + _OVERHEAD
            self._dropped += 1

    async def _change(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await future
        finally:
            if future in self._waiting:
                self._waiting.remove(future)

    def _wake(self) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()
