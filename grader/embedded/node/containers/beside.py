"""Commands beside a container's first process: exec, and commands that run other commands."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grader.embedded.node.containers.call import Call, empty
from grader.embedded.node.containers.execution import run
from grader.embedded.node.containers.programs import ProgramError, Resolved, ShellScript, resolve
from grader.embedded.node.containers.terminal import Terminal, returning
from grader.embedded.node.runtime import ExecError, Sink

if TYPE_CHECKING:
    from grader.embedded.node.containers.container import SimulatedContainer

_RUNC = "OCI runtime exec failed: exec failed: unable to start container process: "
_KILLED = 137
_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Streams:
    """A client's streams. `stdin` is None when it gives no input."""

    stdin: AsyncIterator[bytes] | None
    stdout: Sink
    stderr: Sink
    tty: bool = False


async def execute(container: SimulatedContainer, argv: Sequence[str], streams: Streams, env: Mapping[str, str]) -> int:
    """Run a command line for a client; its exit code, 137 when the container ends. Raises ExecError."""
    if not container.running:
        raise ExecError("container is not running", 128)
    values = {**container.env, **({"TERM": "xterm"} if streams.tty else {}), **env}
    stdin = streams.stdin or empty()
    call = Call(container, tuple(argv), values, container.working_dir, stdin, streams.stdout, streams.stderr)
    resolved, call = _resolved(call)
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        work.cancel()

    terminal = None
    if streams.tty:
        stdout = returning(streams.stdout)
        call = replace(call, stdout=stdout, stderr=stdout, tty=True)
        if not _edits_lines(resolved):
            terminal = Terminal(stdin, stdout, interrupt)
            call = replace(call, stdin=terminal.lines())
    work = asyncio.ensure_future(_listed(call, resolved, has_input=streams.stdin is not None))

    def end() -> None:
        work.cancel()

    container.on_close(end)
    try:
        return await work
    except asyncio.CancelledError:
        if container.exit is not None or interrupted:
            return _INTERRUPTED if interrupted else _KILLED
        work.cancel()
        raise
    finally:
        container.off_close(end)
        if terminal is not None:
            terminal.close()


async def spawn(call: Call, env: Mapping[str, str] | None = None) -> int:
    """Run a command line for another command, with its streams. Raises ExecError."""
    resolved, call = _resolved(call if env is None else replace(call, env=env))
    return await _listed(call, resolved, has_input=True)


def _resolved(call: Call) -> tuple[Resolved, Call]:
    try:
        resolved, line = resolve(call.container, call.argv)
    except ProgramError as error:
        text = f'failed to exec in container: failed to start exec "{secrets.token_hex(32)}": {_RUNC}{error.message}'
        raise ExecError(text, error.code) from None
    return resolved, call.with_argv(line)


def _edits_lines(resolved: Resolved) -> bool:
    """Whether it is an interactive shell, which takes keys as they come."""
    return isinstance(resolved, ShellScript) and resolved.script is None


async def _listed(call: Call, resolved: Resolved, *, has_input: bool) -> int:
    with call.container.processes.running(" ".join(call.argv)):
        return await run(call, resolved, has_input=has_input)
