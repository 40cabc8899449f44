"""`lab shell`"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import click

from grader.cli.session import Cli, current, lab_argument, revived, stage_of
from grader.errors import ToolError, UsageError, host_error
from grader.language import text
from grader.workspace.folder import require


@click.command("shell")
@lab_argument()
@click.pass_obj
def command(cli: Cli, lab: str | None) -> None:
    """Open a shell in the lab's workspace, where kubectl leads to the lab's cluster. Leave it with `exit`."""
    session = current(cli, lab, cli.progress)
    stage = stage_of(cli, session)
    require(stage.workspace, stage.lab.id)
    if "LABYARD_LAB" in os.environ:
        raise UsageError(
            text("This is a lab's shell already ({lab}).", lab=os.environ["LABYARD_LAB"]),
            text("Leave it with `exit` first."),
        )
    revived(cli, stage)
    variables = {**stage.variables(), "LABYARD_LAB": stage.lab.id}
    shell = os.environ.get("SHELL") or "/bin/sh"
    cli.note(text("Leave this shell with `exit`. `lab check` grades, `lab hint` helps."))
    sys.stdout.flush()
    argv = _arguments(shell, stage.session, variables["PATH"].split(os.pathsep)[0], stage.lab.metadata.name)
    try:
        os.chdir(stage.workspace)
        os.execve(argv[0], argv, variables)
    except FileNotFoundError as error:
        raise ToolError(
            text("There is no shell at {shell}.", shell=argv[0]),
            text("Set SHELL to one that exists, such as /bin/bash."),
        ) from error
    except OSError as error:
        raise host_error(error) from error


def _arguments(shell: str, folder: Path, tools: str, name: str) -> list[str]:
    """How to start a shell so that its own start-up files do not hide the lab's tools.

    Others than bash start plainly.
    """
    if Path(shell).name != "bash":
        return [shell]
    rc = folder / "bashrc"
    lines = (
        "[ -r ~/.bashrc ] && . ~/.bashrc",
        f'export PATH={shlex.quote(tools)}:"$PATH"',
        f'PS1={shlex.quote(f"({name}) ")}"$PS1"',
    )
    rc.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [shell, "--rcfile", str(rc), "-i"]
