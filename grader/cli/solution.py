"""`lab solution`"""

from __future__ import annotations

from pathlib import Path

import click

from grader.cli.session import Cli, current, lab_argument, output_option, stage_of
from grader.course.parameters import fill_text
from grader.errors import LabError
from grader.language import text


@click.command("solution")
@lab_argument()
@click.option("--yes", is_flag=True, help="Show it although the lab is not passed yet.")
@output_option
@click.pass_obj
def command(cli: Cli, lab: str | None, yes: bool) -> None:
    """Show the reference solution. Before the lab is passed it asks whether you are sure."""
    progress = cli.progress
    session = current(cli, lab, progress)
    stage = stage_of(cli, session)
    standing = progress.standings().get(session.lab)
    if not yes and not (standing and standing.passed):
        click.confirm(
            cli.t(text("You have not passed this lab yet. Show the solution all the same?")), abort=True, err=True
        )
    folder = stage.lab.folder / "solution"
    files = {str(path.relative_to(folder)): _filled(path, stage.lab.values) for path in _files(folder)}
    if "commands.sh" not in files:
        raise LabError(
            text("the lab has no solution"), text("Its author has to write solution/commands.sh."), str(folder)
        )
    cli.emit("Solution", lab=session.lab, files=files)
    cli.say(files.pop("commands.sh").rstrip())
    for name, content in files.items():
        cli.say()
        cli.say(f"# {name}", bold=True)
        cli.say(content.rstrip())


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []


def _filled(path: Path, values: dict[str, int | str]) -> str:
    return fill_text(path.read_text(encoding="utf-8", errors="replace"), values)
