"""`lab lint`"""

from __future__ import annotations

import click

from grader.cli.session import Cli, lab_names, output_option, place_of
from grader.language import text


@click.command("lint")
@click.argument("labs", nargs=-1, shell_complete=lab_names)
@output_option
@click.pass_obj
def command(cli: Cli, labs: tuple[str, ...]) -> None:
    """Look for what is unclear in LABS (all by default): demands that no text makes, missing hints and translations.

    Exits with 1 when there is something to look at.
    """
    from grader import bundle
    from grader.course.catalogue import places
    from grader.course.linting import lint

    folders = [place_of(name).folder for name in labs] or [place.folder for place in places(bundle.folder("labs"))]
    remarks = [remark for folder in folders for remark in lint(folder)]
    cli.emit("Remarks", remarks=[{"where": remark.where, "words": cli.t(remark.words)} for remark in remarks])
    for remark in remarks:
        cli.say(f"{remark.where}: {cli.t(remark.words)}")
    if not remarks:
        cli.say(text("{n} labs, nothing to remark.", n=len(folders)), fg="green")
    cli.exit(1 if remarks else 0)
