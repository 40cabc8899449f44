"""`lab start`"""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.session import Cli, environment_of, lab_argument, load, output_option, place_of
from grader.course.lab import Lab
from grader.language import text
from grader.runner.staging import Stage, kept
from grader.workspace.folder import default_folder, prepare
from grader.workspace.locks import held
from grader.workspace.progress import Progress, Session


@click.command("start")
@lab_argument(required=True)
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="The workspace; ~/labyard/TOPIC/LAB by default.")
@output_option
@click.pass_obj
def command(cli: Cli, lab: str, folder: Path | None) -> None:
    """Start LAB: make its workspace, bring up its cluster and show what to do. Starting it again resumes it."""
    progress = cli.progress
    id = place_of(lab).id
    with held(cli.state.lock(id), id):
        before = progress.session(id)
        found = load(cli, lab, before.seed if before else progress.seed())
        stage, resumed = started(cli, found, folder, progress, before)
    show(cli, stage, resumed)


def started(cli: Cli, lab: Lab, folder: Path | None, progress: Progress, before: Session | None) -> tuple[Stage, bool]:
    """The lab on its stage, and whether it was there already. A set-up that was cut short is done anew."""
    workspace = _workspace(lab, folder, before)
    stage = Stage(lab, environment_of(cli, lab), workspace, cli.state.session(lab.id))
    stage.environment.tools()
    if before is None or before.workspace != workspace or not workspace.is_dir():
        prepare(workspace, lab.id, lab.folder / "starter", lab.values)
    resumable = before is not None and before.ready
    if resumable:
        progress.resume(lab.id, lab.folder, workspace)
    else:
        seed = before.seed if before else progress.seed()
        progress.begin(lab.id, lab.folder, workspace, stage.environment.provider, seed)
    with cli.working(text("Starting the cluster …")):
        there = stage.environment.start()
    if resumable and there:
        return stage, True
    with cli.working(text("Preparing the lab …")):
        if there:
            stage.environment.reset()
        progress.set_ready(lab.id, kept(stage.set_up()))
    return stage, False


def _workspace(lab: Lab, folder: Path | None, before: Session | None) -> Path:
    if folder is not None:
        return folder.expanduser().absolute()
    return before.workspace if before else default_folder(lab.id)


def show(cli: Cli, stage: Stage, resumed: bool) -> None:
    """The task, and how to get to a shell."""
    lab = stage.lab
    variables = stage.environment.variables()
    cli.emit(
        "Started", lab=lab.id, title=lab.metadata.title, resumed=resumed, workspace=str(stage.workspace),
        environment=stage.environment.provider, kubeconfig=variables.get("KUBECONFIG"),
        tasks=[{"id": task.id, "title": task.title, "text": task.text} for task in lab.spec.tasks],
    )  # fmt: skip
    cli.say(lab.metadata.title, bold=True)
    cli.say()
    cli.markdown(lab.spec.goal)
    for number, task in enumerate(lab.spec.tasks, 1):
        cli.say()
        cli.say(f"{number}. {task.title}", bold=True)
        cli.markdown(task.text)
    cli.say()
    cli.say(text("Resumed: the cluster is as you left it.") if resumed else text("The cluster is ready."), fg="green")
    cli.say(text("Workspace: {folder}", folder=str(stage.workspace)))
    cli.say(text("Work in it with `lab shell`, or in your own shell after:"))
    cli.say(f"  cd {stage.workspace}")
    cli.say('  eval "$(lab env)"')
    cli.say(text("`lab check` grades what you have done; `lab hint` helps."))
