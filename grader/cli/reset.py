"""`lab reset`"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import click

from grader.cli.session import Cli, current, lab_argument, output_option, stage_of
from grader.errors import host_error
from grader.language import text
from grader.runner.staging import kept
from grader.workspace.folder import prepare
from grader.workspace.locks import held


@click.command("reset")
@lab_argument()
@click.option("--files", is_flag=True, help="Begin with fresh files too; yours are moved to a folder beside.")
@output_option
@click.pass_obj
def command(cli: Cli, lab: str | None, files: bool) -> None:
    """Begin the lab anew: an empty cluster with the set-up in it. Your files stay unless --files is given."""
    progress = cli.progress
    session = current(cli, lab, progress)
    with held(cli.state.lock(session.lab), session.lab):
        stage = stage_of(cli, session)
        moved = _moved(stage.workspace) if files else None
        prepare(stage.workspace, stage.lab.id, stage.lab.folder / "starter", stage.lab.values)
        progress.end(session.lab, forget=True)
        with cli.working(text("Preparing the lab …")):
            stage.environment.reset()
            progress.set_ready(session.lab, kept(stage.set_up()))
    cli.emit("Reset", lab=session.lab, workspace=str(stage.workspace), moved=str(moved) if moved else None)
    cli.say(text("{lab} begins anew.", lab=session.lab), fg="green")
    if moved:
        cli.say(text("Your files are in {folder}.", folder=str(moved)))


def _moved(workspace: Path) -> Path | None:
    """Move the workspace's files to a folder beside it, and leave the folder itself: shells may stand in it."""
    if not workspace.is_dir():
        return None
    target = workspace.with_name(f"{workspace.name}.{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        target.mkdir()
        for path in workspace.iterdir():
            shutil.move(str(path), target / path.name)
    except OSError as error:
        raise host_error(error) from error
    return target
