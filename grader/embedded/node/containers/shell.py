"""One shell: a bashkit interpreter over the container's shared files, with the container's own commands in it.

An interpreter runs one script at a time, so that a container's main process, every exec and every probe have a
`Shell` of their own.
"""

from __future__ import annotations

import asyncio
import logging
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from grader.embedded.node.containers.call import Call, Command
from grader.embedded.node.containers.commands import BUILTINS, COMMANDS
from grader.embedded.node.containers.hold import Hold
from grader.embedded.node.containers.wording import not_found, reword, syntax_error
from grader.embedded.node.images.tools import BASES
from grader.embedded.node.runtime import Sink

if TYPE_CHECKING:
    from bashkit import Bash, CommandContext, CommandOutput

    from grader.embedded.node.containers.container import SimulatedContainer

_ADDED = ("USER", "OLDPWD", "PWD", "SHLVL", "_")
log = logging.getLogger(__name__)

_TRAPS = """\
trap() { __trap "$@"; builtin trap "$@"; }
wait() { __waiting 1; builtin wait "$@"; __status=$?; __waiting 0; return $__status; }
sleep() { command sleep "$@"; __status=$?; while __pending; do eval "$(__handler)"; done; return $__status; }
"""
_CANCELLED = b"execution budget exhausted"


class Shell:
    """A shell in a container. `main` shells belong to the first process and take its signals."""

    def __init__(
        self,
        container: SimulatedContainer,
        env: Mapping[str, str],
        cwd: str,
        *,
        tty: bool = False,
        main: bool = False,
    ) -> None:
        self.container = container
        self.hold = Hold(container.clock)
        self.traps: dict[str, str] = {}
        self._env = env
        self._tty = tty
        self._main = main
        self._flavour = BASES[container.spec.tools].shell
        self._pending: list[str] = []
        self._waiting = False
        self._interrupted = ""
        self._stdin: AsyncIterator[bytes] | None = None
        self._stderr: Sink = lambda data: None
        self._bash = self._make(env, cwd)

    async def run(
        self,
        script: str,
        *,
        args: Sequence[str] = (),
        stdin: AsyncIterator[bytes] | None = None,
        stdout: Sink,
        stderr: Sink,
    ) -> int:
        """Run a script to its end; its exit code. `args` are the positional parameters."""
        text = script
        if args:
            text = f"set -- {shlex.join(args)}\n{text}"
        if "trap" in script:
            text = _TRAPS + text
        if stdin is not None:
            self._stdin = stdin
            text = f"__stdin | {{\n:\n{text}\n}}"
        self._stderr = stderr
        code = await self._execute(text, stdout, stderr)
        while self._interrupted:
            handler, self._interrupted = self._interrupted, ""
            self._bash.clear_cancel()
            ending = self.traps.get("EXIT")
            quoted = f"builtin trap {shlex.quote(ending)} EXIT\n" if ending else ""
            code = await self._execute(quoted + handler, stdout, stderr)
        return code

    def signal(self, name: str) -> bool:
        """Deliver a signal such as `TERM`; False when the shell has no trap for it (and, being PID 1, ignores it)."""
        handler = self.traps.get(name)
        if not handler:
            return False
        if self._waiting:
            self._interrupted = handler
            self._bash.cancel()
        else:
            self._pending.append(handler)
        return True

    def cancel(self) -> None:
        """Stop whatever runs, at once."""
        self._bash.cancel()

    def ready(self) -> None:
        """Take commands again after `cancel`."""
        self._bash.clear_cancel()

    def complete(self, text: str) -> bool:
        """Whether a text is a whole command, or the start of one that goes on in the next line."""
        from bashkit import BashError

        try:
            self._bash.analyze(text)
        except BashError as error:
            return "unexpected end of file" not in str(error) and "unterminated" not in str(error)
        return True

    @property
    def cwd(self) -> str:
        return self._bash.shell_state().cwd

    async def _execute(self, text: str, stdout: Sink, stderr: Sink) -> int:
        async def to_stdout(data: bytes) -> None:
            answer = stdout(data)
            if isinstance(answer, Awaitable):
                await answer

        async def to_stderr(data: bytes) -> None:
            if _CANCELLED in data:
                return
            answer = stderr(reword(data, self._flavour))
            if isinstance(answer, Awaitable):
                await answer

        with self.hold.running():
            work = asyncio.ensure_future(self._bash.execute(text, stdout=to_stdout, stderr=to_stderr, capture=0))
            try:
                result = await asyncio.shield(work)
            except asyncio.CancelledError:
                self._bash.cancel()
                _ENDING.add(work)
                work.add_done_callback(_forget)
                raise
        if result.error and "syntax error" in result.error:
            await to_stderr(syntax_error(result.error, self._flavour).encode())
            return 2
        return int(result.exit_code)

    def _make(self, env: Mapping[str, str], cwd: str) -> Bash:
        from bashkit import Bash, ExecutionProfile

        bash = Bash(
            username=self.container.user_name,
            hostname=self.container.config.hostname,
            cwd=cwd,
            env=dict(env),
            profile=ExecutionProfile.Interactive,
            custom_builtins={},
        )
        for path, system, read_only in self.container.files.systems():
            bash.mount(path, system, read_only=read_only)
        names = self.container.tools
        for name in names:
            command = self.container.command(name)
            if command is not None:
                bash.add_command(name, self._wrap(command))
        for name in _own_commands() - names - BUILTINS:
            bash.add_command(name, self._wrap(_missing))
        for name, callback in self._internal().items():
            bash.add_command(name, callback)
        return bash

    def _wrap(self, command: Command) -> Callable[[CommandContext], Awaitable[int]]:
        async def run(context: CommandContext) -> int:
            call = Call(
                self.container,
                (context.name, *context.argv),
                self._plain(context.env),
                context.cwd,
                context.stdin,
                self._writer(context.stdout),
                self._writer(context.stderr),
                self._tty,
                self._main,
            )
            try:
                if command is _missing:
                    return await _missing(call)
                with self.hold.waiting():
                    return int(await command(call)) & 255
            except BrokenPipeError:
                return 141
            except Exception:
                log.exception("%s failed in %s", context.name, self.container.id)
                return 1

        return run

    def _writer(self, output: CommandOutput) -> Sink:
        async def write(data: bytes) -> None:
            with self.hold.working():
                await output.write(data)

        return write

    def _plain(self, env: Mapping[str, str]) -> dict[str, str]:
        """The shell's environment in the container's order, without what only bashkit adds."""
        values = {name: env[name] for name in self._env if name in env}
        added = {name: value for name, value in env.items() if name not in values and name not in _ADDED}
        return {**values, "SHLVL": "1", **added, "PWD": env.get("PWD", "/")}

    def _internal(self) -> dict[str, Callable[[CommandContext], Awaitable[int]]]:
        """Commands that scripts do not know of: input, and what traps need."""

        async def feed(context: CommandContext) -> int:
            stdin, self._stdin = self._stdin, None
            if stdin is not None:
                with self.hold.waiting():
                    try:
                        async for chunk in stdin:
                            await context.stdout.write(chunk)
                    except BrokenPipeError:
                        return 0
            return 0

        async def trap(context: CommandContext) -> int:
            self._note(context.argv)
            return 0

        async def waiting(context: CommandContext) -> int:
            self._waiting = context.argv[:1] == ["1"]
            if self._waiting and self._pending:
                self._interrupted = self._pending.pop(0)
                self._bash.cancel()
            return 0

        async def pending(context: CommandContext) -> int:
            return 0 if self._pending else 1

        async def handler(context: CommandContext) -> int:
            await context.stdout.write(self._pending.pop(0).encode())
            return 0

        return {"__stdin": feed, "__trap": trap, "__waiting": waiting, "__pending": pending, "__handler": handler}

    def _note(self, argv: Sequence[str]) -> None:
        """Remember what `trap` set: an action and the signals it is for."""
        words = [word for word in argv if word != "--"]
        if len(words) < 2 or words[0] in ("-p", "-l"):
            return
        action, *signals = words
        for signal in signals:
            name = {"0": "EXIT", "1": "HUP", "2": "INT", "3": "QUIT", "15": "TERM"}.get(signal, signal.upper())
            name = name.removeprefix("SIG")
            if action == "-":
                self.traps.pop(name, None)
            else:
                self.traps[name] = action or ":"


_ENDING: set[asyncio.Future[Any]] = set()
"""Cancelled scripts, which end by themselves at their next command."""


def _forget(work: asyncio.Future[Any]) -> None:
    _ENDING.discard(work)
    if not work.cancelled():
        work.exception()


async def _missing(call: Call) -> int:
    await call.err(not_found(call.name, BASES[call.container.spec.tools].shell))
    return 127


@lru_cache(maxsize=1)
def _own_commands() -> frozenset[str]:
    """The commands that bashkit and this room bring, whatever the image has."""
    from bashkit import Bash

    return frozenset(Bash().execute_sync("compgen -c").stdout.split()) | frozenset(COMMANDS)
