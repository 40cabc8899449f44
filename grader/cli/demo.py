"""`lab demo`"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.session import Cli, lab_argument, load, output_option
from grader.errors import UsageError
from grader.language import text

if TYPE_CHECKING:
    from grader.course.lab import Lab
    from grader.results import Report
    from grader.runner.staging import Stage


@click.command("demo")
@lab_argument()
@output_option
@click.pass_obj
def command(cli: Cli, lab: str | None) -> None:
    """See a lab solved: a scratch cluster and workspace, the solution's commands, the report.

    Nothing is left behind.
    """
    from grader.reports.as_json import document
    from grader.reports.terminal import show

    found = load(cli, lab or "scaling")
    scratch = Path(tempfile.mkdtemp(prefix="labyard-demo-"))
    try:
        report = _played(cli, found, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if cli.json:
        click.echo(json.dumps(document(report, cli.language), ensure_ascii=False))
    else:
        show(report, cli.language)
        cli.say(text("Your turn: `lab start {name}`.", name=found.metadata.name))
    cli.exit(report.exit_code)


def _stage(lab: Lab, scratch: Path) -> Stage:
    """The lab on a cluster and in a workspace that are thrown away."""
    from grader.environments.embedded import EmbeddedCluster
    from grader.runner.staging import Stage

    needs = lab.spec.environment.cluster
    if needs is None:
        raise UsageError(
            text("The lab {lab} needs a Docker engine, which this version cannot provide.", lab=lab.id),
            text("Choose a lab of another topic with `lab list`."),
        )
    images = [lab.folder / name for name in needs.images]
    environment = EmbeddedCluster(
        scratch / "cluster", "demo", scratch / "session", nodes=needs.nodes, images=images, idle=600
    )
    return Stage(lab, environment, scratch / "workspace", scratch / "session")


def _played(cli: Cli, lab: Lab, scratch: Path) -> Report:
    """Start, show the tasks, run the solution's commands as a learner would, and grade.

    The cluster is gone afterwards.
    """
    from grader.runner.grading import grade
    from grader.workspace.folder import copy_filled, prepare

    stage = _stage(lab, scratch)
    stage.environment.tools()
    cli.say(text("Starting a cluster for “{title}” …", title=lab.metadata.title), bold=True)
    try:
        stage.environment.start()
        prepare(stage.workspace, lab.id, lab.folder / "starter", lab.values)
        baseline = stage.set_up()
        for task in lab.spec.tasks:
            cli.say(f"\n{task.title}", bold=True)
            cli.markdown(task.text)
        cli.say(text("\nWhat a learner types:"), bold=True)
        copy_filled(lab.folder / "solution", stage.workspace, lab.values, overwrite=True)
        output = (lambda piece: None) if cli.json else (lambda piece: click.echo(piece, nl=False))
        stage.play(stage.workspace / "commands.sh", strict=True, on_output=output).check()
        cli.say(text("\nlab check"), bold=True)
        with cli.working(text("Waiting for the cluster to settle …")):
            return grade(lab, stage.context(baseline), environment=stage.environment.provider)
    finally:
        stage.environment.stop(remove=True)
