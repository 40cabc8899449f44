"""`lab status`"""

from __future__ import annotations

import click

from grader.cli.session import Cli, current, lab_argument, output_option, stage_of
from grader.language import text


@click.command("status")
@lab_argument()
@output_option
@click.pass_obj
def command(cli: Cli, lab: str | None) -> None:
    """Show the lab in progress: its workspace, its cluster, your points and the hints you took."""
    progress = cli.progress
    session = current(cli, lab, progress)
    stage = stage_of(cli, session)
    standing = progress.standings().get(session.lab)
    hints = progress.hints(session.lab)
    alive = stage.environment.alive()
    cli.emit(
        "Status", lab=session.lab, workspace=str(session.workspace), workspaceExists=session.workspace.is_dir(),
        environment=session.environment, alive=alive, active=session.active,
        attempts=standing.attempts if standing else 0, earned=standing.earned if standing else 0,
        passed=bool(standing and standing.passed), hints=hints,
    )  # fmt: skip
    cli.say(f"{stage.lab.metadata.title} ({session.lab})", bold=True)
    gone = (
        "" if session.workspace.is_dir() else cli.t(text(" (gone: `lab start {lab}` makes it again)", lab=session.lab))
    )
    cli.say(cli.t(text("Workspace: {folder}", folder=str(session.workspace))) + gone)
    state = text("running") if alive else text("not running (it starts again when it is needed)")
    cli.say(text("Cluster:   {provider}, {state}", provider=session.environment, state=state))
    if standing:
        best = text("Best:      {earned} of {points} points in {n} attempts",
                    earned=f"{standing.earned:g}", points=f"{standing.points:g}", n=standing.attempts)  # fmt: skip
        cli.say(best, fg="green" if standing.passed else None)
    for task in stage.lab.spec.tasks:
        cli.say(
            text(
                "Hints for {task}: {taken} of {n} taken",
                task=task.title,
                taken=hints.get(task.id, 0),
                n=len(task.hints),
            )
        )
