"""`lab demo`"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import click

from grader.cli.session import Cli, lab_argument, load, output_option
from grader.language import text


@click.command("demo")
@lab_argument()
@output_option
@click.pass_obj
def command(cli: Cli, lab: str | None) -> None:
    """See a lab solved: a scratch cluster and workspace, the solution's commands, the report.

    Nothing is left behind.
    """
    from grader.environments.embedded import EmbeddedCluster
    from grader.reports.as_json import document
    from grader.reports.terminal import show
    from grader.runner.grading import grade
    from grader.runner.staging import Stage
    from grader.workspace.folder import copy_filled, prepare

    found = load(cli, lab or "scaling")
    scratch = Path(tempfile.mkdtemp(prefix="labyard-demo-"))
    needs = found.spec.environment.cluster
    environment = EmbeddedCluster(
        scratch / "cluster", "demo", scratch / "session", nodes=needs.nodes if needs else 1,
        images=[found.folder / name for name in needs.images] if needs else (), idle=600,
    )  # fmt: skip
    stage = Stage(found, environment, scratch / "workspace", scratch / "session")
    try:
        environment.tools()
        cli.say(text("Starting a cluster for “{title}” …", title=found.metadata.title), bold=True)
        environment.start()
        prepare(stage.workspace, found.id, found.folder / "starter", found.values)
        baseline = stage.set_up()
        for task in found.spec.tasks:
            cli.say(f"\n{task.title}", bold=True)
            cli.markdown(task.text)
        cli.say(text("\nWhat a learner types:"), bold=True)
        copy_filled(found.folder / "solution", stage.workspace, found.values, overwrite=True)
        output = (lambda piece: None) if cli.json else (lambda piece: click.echo(piece, nl=False))
        stage.play(stage.workspace / "commands.sh", strict=True, on_output=output).check()
        cli.say(text("\nlab check"), bold=True)
        with cli.working(text("Waiting for the cluster to settle …")):
            report = grade(found, stage.context(baseline), environment=environment.provider)
    finally:
        environment.stop(remove=True)
        shutil.rmtree(scratch, ignore_errors=True)
    if cli.json:
        click.echo(json.dumps(document(report, cli.language), ensure_ascii=False))
    else:
        show(report, cli.language)
        cli.say(text("Your turn: `lab start {name}`.", name=found.metadata.name))
    cli.exit(report.exit_code)
