"""`lab hint`"""

from __future__ import annotations

import click

from grader.cli.session import Cli, current, lab_argument, output_option, stage_of
from grader.course.lab import Task
from grader.errors import LabyardError, UsageError
from grader.language import listed, text
from grader.results import Verdict
from grader.runner.staging import Stage, restored


@click.command("hint")
@lab_argument()
@click.option("--task", "wanted", help="The task's id; by default the first that is not done.")
@output_option
@click.pass_obj
def command(cli: Cli, lab: str | None, wanted: str | None) -> None:
    """Show the next hint for a task, with those taken before."""
    progress = cli.progress
    session = current(cli, lab, progress)
    stage = stage_of(cli, session)
    taken = progress.hints(session.lab)
    task = _named(stage, wanted) if wanted else _open_task(stage, session.baseline, taken)
    number = min(taken.get(task.id, 0) + 1, len(task.hints))
    progress.take_hint(session.lab, task.id, number)
    cli.emit("Hint", lab=session.lab, task=task.id, hints=task.hints[:number], left=len(task.hints) - number)
    cli.say(task.title, bold=True)
    for count, hint in enumerate(task.hints[:number], 1):
        cli.markdown(f"{count}. {hint}")
    left = len(task.hints) - number
    cli.say(
        text("{n} more: run `lab hint` again.", n=left)
        if left
        else text("That was the last one. `lab solution` shows how it is done."),
        dim=True,
    )


def _named(stage: Stage, wanted: str) -> Task:
    tasks = {task.id: task for task in stage.lab.spec.tasks}
    if wanted not in tasks:
        raise UsageError(
            text("The lab has no task {task}.", task=wanted), text("Its tasks are {tasks}.", tasks=listed(list(tasks)))
        )
    if not tasks[wanted].hints:
        raise UsageError(
            text("The task {task} has no hints.", task=wanted), text("Read its text again with `lab start`.")
        )
    return tasks[wanted]


def _open_task(stage: Stage, baseline: dict[str, object], taken: dict[str, int]) -> Task:
    """The first task with hints that is not done, by a quick look at the cluster; without one, by hints taken."""
    tasks = [task for task in stage.lab.spec.tasks if task.hints]
    if not tasks:
        raise UsageError(text("This lab has no hints."), text("Read its text again with `lab start`."))
    done = _done(stage, baseline)
    open_tasks = [task for task in tasks if task.id not in done] or tasks
    return next((task for task in open_tasks if taken.get(task.id, 0) < len(task.hints)), open_tasks[0])


def _done(stage: Stage, baseline: dict[str, object]) -> set[str]:
    from grader.runner.grading import grade

    if not stage.environment.alive():
        return set()
    try:
        report = grade(stage.lab, stage.context(restored(baseline)), environment="", wait=False)
    except LabyardError:
        return set()
    return {task.id for task in report.tasks if task.verdict is Verdict.PASSED}
