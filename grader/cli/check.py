"""`lab check`"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from grader.cli.session import Cli, current, lab_argument, output_option, revived, stage_of
from grader.language import text
from grader.results import Report, Verdict
from grader.workspace.folder import require

if TYPE_CHECKING:
    from grader.checks.base import Baseline
    from grader.runner.staging import Stage


@click.command("check")
@lab_argument()
@click.option("--watch", is_flag=True, help="Check again whenever the cluster changes, until everything passes.")
@output_option
@click.pass_obj
def command(cli: Cli, lab: str | None, watch: bool) -> None:
    """Grade what you have done.

    Exits with 0 when everything passed, 1 when something failed, 2 when it could not be graded.
    """
    from grader.reports.as_json import document
    from grader.reports.terminal import show
    from grader.runner.staging import restored

    progress = cli.progress
    session = current(cli, lab, progress)
    stage = stage_of(cli, session)
    require(stage.workspace, stage.lab.id)
    revived(cli, stage)
    baseline = restored(session.baseline)
    if watch and not cli.json:
        from grader.cli.watching import follow

        follow(cli, stage, baseline)
    report = _graded(cli, stage, baseline)
    progress.attempt(stage.lab.id, report.verdict.value, report.earned, report.points)
    if cli.json:
        click.echo(json.dumps(document(report, cli.language), ensure_ascii=False))
    else:
        show(report, cli.language)
        if report.exit_code == 0:
            cli.say(text("Well done. `lab next` shows what comes next."), fg="green")
    cli.exit(report.exit_code)


def _graded(cli: Cli, stage: Stage, baseline: Baseline) -> Report:
    """The report; a cluster that died under it is brought back, and looked at once more."""
    from grader.runner.grading import grade

    for last in (False, True):
        with cli.working(text("Waiting for the cluster to settle …")):
            report = grade(stage.lab, stage.context(baseline), environment=stage.environment.provider)
        if last or report.verdict is not Verdict.ERRORED or stage.environment.alive():
            break
        revived(cli, stage)
    return report
