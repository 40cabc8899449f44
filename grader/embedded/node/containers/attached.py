"""Clients that are attached to a container's first process: what they type, and what they see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable

from grader.embedded.node.containers.call import send
from grader.embedded.node.containers.terminal import returning
from grader.embedded.node.runtime import Sink

_MAX_WAITING = 256


class AttachedInput:
    """Standard input of a first process with `stdin: true`: open until a client ends it for good."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(_MAX_WAITING + 1)

    async def put(self, data: bytes) -> None:
        """Give input, waiting while the process does not read."""
        await self._queue.put(data)

    def end(self) -> None:
        """No more input comes; when too much is unread, the oldest of it is lost."""
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def chunks(self) -> AsyncIterator[bytes]:
        """What clients send, until the input is ended."""
        while (data := await self._queue.get()) is not None:
            yield data


class Attachments:
    """The clients of one container. `once`: its input ends with the first client's."""

    __slots__ = ("_once", "_sending", "_taps", "_tty", "input")

    def __init__(self, *, stdin: bool, once: bool, tty: bool) -> None:
        self.input = AttachedInput() if stdin else None
        self._once = once
        self._tty = tty
        self._taps: list[tuple[Sink, Sink]] = []
        self._sending: set[asyncio.Future[None]] = set()

    def emit(self, stream: str, data: bytes) -> None:
        """Output of the first process, for whoever is attached."""
        for stdout, stderr in self._taps:
            task = asyncio.ensure_future(send(stdout if stream == "stdout" else stderr, data))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def attach(
        self, ended: Awaitable[int], stdin: AsyncIterator[bytes] | None, stdout: Sink, stderr: Sink
    ) -> int:
        """Take part from now until the process has ended; its exit code."""
        tap = (returning(stdout), returning(stdout)) if self._tty else (stdout, stderr)
        self._taps.append(tap)
        feeding = None
        if stdin is not None and self.input is not None:
            feeding = asyncio.ensure_future(self._feed(stdin, self.input))
        try:
            code = await ended
            if self._sending:
                await asyncio.wait(self._sending)
            return code
        finally:
            self._taps.remove(tap)
            if feeding is not None:
                feeding.cancel()
                if self._once and self.input is not None:
                    self.input.end()

    async def _feed(self, stdin: AsyncIterator[bytes], target: AttachedInput) -> None:
        async for chunk in stdin:
            await target.put(chunk)
        if self._once:
            target.end()
