"""An interactive shell: lines from a terminal or a pipe, each run as it comes.

On a terminal it echoes, edits with backspace, keeps a history for the arrow keys, and answers Ctrl-C and Ctrl-D.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from grader.embedded.node.containers.call import Call, send

if TYPE_CHECKING:
    from grader.embedded.node.containers.shell import Shell

_MAX_LINE = 64 * 1024
_INTERRUPTED = 130


class Session:
    """One shell with its line editor."""

    def __init__(self, call: Call, shell: Shell) -> None:
        self._call = call
        self._shell = shell
        self._status = 0
        self._line = ""
        self._block = ""
        self._escape = ""
        self._history: list[str] = []
        self._position = 0
        self._ended = False
        self._ahead = ""
        self._interrupted = False
        self._running: asyncio.Task[int] | None = None

    async def run(self) -> int:
        """Until `exit`, Ctrl-D, or the end of input; the last command's exit code."""
        if self._call.tty:
            await self._prompt()
            await self._terminal(self._call.stdin)
        else:
            await self._pipe(self._call.stdin)
        return self._status

    async def _pipe(self, chunks: AsyncIterator[bytes]) -> None:
        rest = ""
        async for chunk in chunks:
            rest += chunk.decode("utf-8", "replace")
            *lines, rest = rest.split("\n")
            for line in lines:
                await self._take(line)
                if self._ended:
                    return
            if len(rest) > _MAX_LINE:
                return
        if rest:
            await self._take(rest)

    async def _terminal(self, chunks: AsyncIterator[bytes]) -> None:
        iterator = aiter(chunks)
        waiting: asyncio.Future[bytes] | None = None
        while not self._ended:
            if waiting is None:
                waiting = asyncio.ensure_future(_next(iterator))
            wanted: list[asyncio.Future[Any]] = [waiting]
            if self._running is not None:
                wanted.append(self._running)
            await asyncio.wait(wanted, return_when=asyncio.FIRST_COMPLETED)
            if self._running is not None and self._running.done():
                await self._finish()
                continue
            if not waiting.done():
                continue
            data = waiting.result()
            waiting = None
            if not data:
                await self._settle()
                break
            for character in data.decode("utf-8", "replace"):
                await self._key(character)
        if waiting is not None:
            waiting.cancel()

    async def _settle(self) -> None:
        """The input has ended: let what runs, and what was typed ahead, come to its end."""
        while self._running is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([self._running])
            await self._finish()

    async def _key(self, key: str) -> None:
        if self._escape or key == "\x1b":
            await self._escaped(key)
        elif key == "\x03":
            await self._interrupt()
        elif self._running is not None:
            self._ahead += key
        elif key in "\r\n":
            await self._echo("\n")
            line, self._line = self._line, ""
            await self._enter(line)
        elif key == "\x04":
            if not self._line:
                self._ended = True
                await self._echo("\n" if self._call.container.shell_kind == "ash" else "exit\n")
        elif key in "\x7f\x08":
            if self._line:
                self._line = self._line[:-1]
                await self._echo("\b \b")
        elif key == "\x15":
            await self._replace("")
        elif key >= " " and len(self._line) < _MAX_LINE:
            self._line += key
            await self._echo(key)

    async def _escaped(self, key: str) -> None:
        """Arrow keys: up and down walk the history."""
        self._escape += key
        if len(self._escape) < 3 and self._escape in ("\x1b", "\x1b[", "\x1bO"):
            return
        final, self._escape = self._escape, ""
        if final[-1] == "A" and self._position > 0:
            self._position -= 1
        elif final[-1] == "B" and self._position < len(self._history):
            self._position += 1
        else:
            return
        await self._replace(self._history[self._position] if self._position < len(self._history) else "")

    async def _replace(self, text: str) -> None:
        await self._echo("\b \b" * len(self._line) + text)
        self._line = text

    async def _interrupt(self) -> None:
        await self._echo("^C\n")
        self._line = self._block = ""
        self._status = _INTERRUPTED
        if self._running is not None:
            self._interrupted = True
            self._shell.cancel()
        else:
            await self._prompt()

    async def _enter(self, line: str) -> None:
        self._block = f"{self._block}\n{line}" if self._block else line
        if self._block.strip() and not self._shell.complete(self._block):
            await self._echo("> ")
            return
        text, self._block = self._block, ""
        if not text.strip():
            await self._prompt()
            return
        self._history.append(text)
        self._position = len(self._history)
        self._running = asyncio.ensure_future(self._execute(text))

    async def _finish(self) -> None:
        assert self._running is not None
        task, self._running = self._running, None
        with contextlib.suppress(asyncio.CancelledError):
            task.result()
        self._shell.ready()
        if self._interrupted:
            self._interrupted, self._status = False, _INTERRUPTED
        if self._ended:
            return
        await self._prompt()
        typed, self._ahead = self._ahead, ""
        for character in typed:
            await self._key(character)

    async def _take(self, line: str) -> None:
        """One line of piped input."""
        self._block = f"{self._block}\n{line}" if self._block else line
        if self._block.strip() and not self._shell.complete(self._block):
            return
        text, self._block = self._block, ""
        if text.strip():
            await self._execute(text)

    async def _execute(self, text: str) -> int:
        words = text.split()
        if words[0] in ("exit", "logout"):
            self._ended = True
            if len(words) > 1 and words[1].isdigit():
                self._status = int(words[1]) & 255
            return self._status
        self._status = await self._shell.run(text, stdout=self._out, stderr=self._err)
        return self._status

    async def _out(self, data: bytes) -> None:
        await send(self._call.stdout, data)

    async def _err(self, data: bytes) -> None:
        sink = self._call.stdout if self._call.tty else self._call.stderr
        await send(sink, data)

    async def _prompt(self) -> None:
        container = self._call.container
        mark = "#" if container.user[0] == 0 else "$"
        cwd = self._shell.cwd
        home = container.env.get("HOME", "/root")
        shown = "~" if cwd == home else f"~{cwd[len(home) :]}" if home != "/" and cwd.startswith(home + "/") else cwd
        named = self._call.name == "bash"
        if container.shell_kind == "ash":
            text = f"{shown} {mark} "
        elif named or container.shell_kind == "bash":
            text = f"{container.user_name}@{container.config.hostname}:{shown}{mark} "
        else:
            text = f"{mark} "
        await self._echo(text)

    async def _echo(self, text: str) -> None:
        await send(self._call.stdout, text.encode())


async def _next(iterator: AsyncIterator[bytes]) -> bytes:
    """The next piece of input, empty at its end."""
    try:
        return await anext(iterator)
    except StopAsyncIteration:
        return b""
