"""A command's view of the container it runs in, and the streams it was given."""

from __future__ import annotations

import inspect
import posixpath
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grader.embedded.node.runtime import Sink

if TYPE_CHECKING:
    from grader.embedded.node.containers.container import SimulatedContainer


_MAX_INPUT = 64 * 1024 * 1024


async def empty() -> AsyncIterator[bytes]:
    """Standard input that is at its end."""
    nothing: tuple[bytes, ...] = ()
    for chunk in nothing:
        yield chunk


async def send(sink: Sink, data: bytes) -> None:
    """Give output to whoever takes it, waiting for those that ask for it."""
    answer = sink(data)
    if inspect.isawaitable(answer):
        await answer


@dataclass(frozen=True)
class Call:
    """One run of a command. `argv` has the command's own name first; `shell` is the shell it runs in, if any."""

    container: SimulatedContainer
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    stdin: AsyncIterator[bytes]
    stdout: Sink
    stderr: Sink
    tty: bool = False
    main: bool = False
    """Whether it is (part of) the container's first process, whose signals it gets."""

    @property
    def name(self) -> str:
        return self.argv[0].rpartition("/")[2]

    @property
    def args(self) -> tuple[str, ...]:
        return self.argv[1:]

    async def out(self, text: str | bytes) -> None:
        """Write to standard output."""
        await send(self.stdout, text.encode() if isinstance(text, str) else text)

    async def err(self, text: str | bytes) -> None:
        """Write to standard error."""
        await send(self.stderr, text.encode() if isinstance(text, str) else text)

    async def fail(self, text: str, code: int = 1) -> int:
        """Print an error with the command's name before it; returns the exit code."""
        await self.err(f"{self.name}: {text}\n")
        return code

    async def read_all(self) -> bytes:
        """All of standard input, up to 64 MiB."""
        data = bytearray()
        async for chunk in self.stdin:
            data += chunk
            if len(data) > _MAX_INPUT:
                break
        return bytes(data[:_MAX_INPUT])

    def path(self, name: str) -> str:
        """A path made absolute from the working directory."""
        return posixpath.normpath(posixpath.join(self.cwd, name))

    def with_argv(self, argv: tuple[str, ...]) -> Call:
        return replace(self, argv=argv)


Command = Callable[[Call], Awaitable[int]]
