"""`lab next`"""

from __future__ import annotations

import click

from grader.cli.session import Cli, output_option
from grader.language import text


@click.command("next")
@output_option
@click.pass_obj
def command(cli: Cli) -> None:
    """Show the lab that comes next: the first after your latest that you have not passed."""
    from grader import bundle
    from grader.course.catalogue import places
    from grader.course.loading import load_lab

    progress = cli.progress
    passed = {lab for lab, standing in progress.standings().items() if standing.passed}
    known = places(bundle.folder("labs"))
    latest = next((session.lab for session in progress.active()), None)
    after = next((number for number, place in enumerate(known) if place.id == latest), -1)
    if latest and latest not in passed:
        after -= 1
    rest = [place for place in known[after + 1 :] + known[: after + 1] if place.id not in passed]
    if not rest:
        cli.emit("Next", lab=None)
        cli.say(text("You have passed every lab there is."), fg="green")
        return
    lab = load_lab(rest[0].folder, language=cli.language)
    cli.emit("Next", lab=lab.id, title=lab.metadata.title, minutes=lab.metadata.minutes)
    cli.say(f"{lab.metadata.title} ({lab.id})", bold=True)
    cli.markdown(lab.spec.goal)
    cli.say(text("Start it with `lab start {name}`.", name=rest[0].slug))
