"""`lab stop`"""

from __future__ import annotations

import shutil

import click

from grader.cli.session import Cli, current, lab_argument, output_option, stage_of
from grader.language import text
from grader.workspace.locks import held


@click.command("stop")
@lab_argument()
@click.option("--keep", is_flag=True, help="Keep what is in the cluster for the next `lab start`.")
@click.option("--all", "everything", is_flag=True, help="End every lab in progress.")
@output_option
@click.pass_obj
def command(cli: Cli, lab: str | None, keep: bool, everything: bool) -> None:
    """End the lab and remove its cluster. Your files and your progress stay."""
    progress = cli.progress
    sessions = progress.active() if everything else [current(cli, lab, progress, ready=False)]
    for session in sessions:
        with held(cli.state.lock(session.lab), session.lab):
            stage = stage_of(cli, session)
            with cli.working(text("Stopping the cluster …")):
                stage.environment.stop(remove=not keep)
            progress.end(session.lab, forget=not keep)
            if not keep:
                shutil.rmtree(stage.session, ignore_errors=True)
        cli.say(text("{lab} has ended. Your files stay in {folder}.", lab=session.lab, folder=str(session.workspace)))
    cli.emit("Stopped", labs=[session.lab for session in sessions], kept=keep)
