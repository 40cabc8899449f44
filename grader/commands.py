"""The one way to run a program: bounded in time and output, in a process group of its own, with an error that can be
pasted.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from grader.errors import LabyardError, ToolError
from grader.language import text

OUTPUT_LIMIT = 256 * 1024


@dataclass(frozen=True)
class Command:
    """A program to run. `env` is the whole environment, not an addition."""

    argv: Sequence[str]
    cwd: Path | None = None
    env: Mapping[str, str] | None = None

    def line(self) -> str:
        """The command as one would type it."""
        line = shlex.join(self.argv)
        return f"cd {shlex.quote(str(self.cwd))} && {line}" if self.cwd else line


@dataclass(frozen=True)
class Completed:
    """A program that ended.

    `output` holds both streams as they came, cut at the limit; `code` is negative for a signal.
    """

    command: Command
    code: int
    output: str
    timed_out: bool = False

    def check(self) -> Completed:
        """Itself; raises CommandError unless the program ended with 0."""
        if self.code:
            raise CommandError(self)
        return self


class CommandError(LabyardError):
    """A program ended badly. Whoever wrote the command must act; the text shows it with its output."""

    def __init__(self, completed: Completed) -> None:
        self.completed = completed
        how = text("took too long") if completed.timed_out else text("ended with code {code}", code=completed.code)
        tail = completed.output.strip()[-2000:]
        super().__init__(
            text("`{line}` {how}:\n{tail}", line=completed.command.line(), how=how, tail=tail or text("(no output)")),
            text("Run the line above in a shell to see it for yourself."),
        )


def run(
    command: Command,
    *,
    timeout: float,
    limit: int = OUTPUT_LIMIT,
    stdin: bytes = b"",
    on_output: Callable[[str], None] | None = None,
) -> Completed:
    """Run a program to its end, or for `timeout` seconds; it and its children are killed then, and when interrupted.

    `limit` bounds the bytes of output that are kept; the program may write more. `on_output` is called with each piece
    as it comes, from another thread. Raises ToolError when the program cannot be started at all.
    """
    process = _start(command)
    kept: list[bytes] = []
    reader = threading.Thread(target=_collect, args=(process.stdout, kept, limit, on_output), daemon=True)
    reader.start()
    timed_out = False
    try:
        if process.stdin:
            with suppress(BrokenPipeError):
                process.stdin.write(stdin)
            with suppress(BrokenPipeError):
                process.stdin.close()
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:
        _end_group(process, still_running=process.poll() is None)
    reader.join(timeout=2)
    output = b"".join(kept)[:limit].decode("utf-8", "replace")
    return Completed(command, process.returncode, output, timed_out)


def _start(command: Command) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(command.argv),
            cwd=command.cwd,
            env=dict(command.env) if command.env is not None else None,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise ToolError(
            text("`{line}` could not be started: {reason}.", line=command.line(), reason=error.strerror or str(error)),
            text(
                "See that {program} is installed and on PATH; `lab doctor` looks at everything needed.",
                program=command.argv[0],
            ),
        ) from error


def _collect(stream: IO[bytes] | None, kept: list[bytes], limit: int, on_output: Callable[[str], None] | None) -> None:
    """Read to the end, keep up to the limit, pass on every piece."""
    size = 0
    while stream and (piece := os.read(stream.fileno(), 65536)):
        if size < limit:
            kept.append(piece)
            size += len(piece)
        if on_output:
            on_output(piece.decode("utf-8", "replace"))


def _end_group(process: subprocess.Popen[bytes], *, still_running: bool) -> None:
    """Leave nothing of the program's group behind: background children would outlive the grading."""
    with suppress(ProcessLookupError, PermissionError):
        if still_running:
            os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
