"""`lab list`"""

from __future__ import annotations

import click

from grader.cli.session import Cli, output_option
from grader.language import text


@click.command("list")
@click.option("--topic", help="Only the labs of one topic.")
@output_option
@click.pass_obj
def command(cli: Cli, topic: str | None) -> None:
    """Show the labs there are and how far you have come."""
    from grader import bundle
    from grader.course.catalogue import places
    from grader.course.loading import load_lab

    standings = cli.progress.standings()
    active = {session.lab for session in cli.progress.active()}
    rows = []
    for place in places(bundle.folder("labs")):
        if topic in (None, place.topic):
            lab = load_lab(place.folder, language=cli.language)
            standing = standings.get(place.id)
            state = "passed" if standing and standing.passed else "started" if place.id in active or standing else "new"
            points = sum(task.points_of(check) for task in lab.spec.tasks for check in task.checks)
            rows.append((place, lab, state, standing.earned if standing else 0, points))
    cli.emit("Labs", labs=[
        {"lab": place.id, "number": place.number, "title": lab.metadata.title, "minutes": lab.metadata.minutes,
         "difficulty": lab.metadata.difficulty, "state": state, "earned": earned, "points": points}
        for place, lab, state, earned, points in rows
    ])  # fmt: skip
    marks = {"passed": "✓", "started": "…", "new": " "}
    shown = ""
    for place, lab, state, earned, points in rows:
        if place.topic != shown:
            shown = place.topic
            cli.say(shown.capitalize(), bold=True)
        minutes = cli.t(text("{n} min", n=lab.metadata.minutes))
        score = f"{earned:g}/{points:g}" if state != "new" else ""
        line = f" {marks[state]} {place.number:02d} {place.slug:<16} {score:>6} {minutes:>7}  {lab.metadata.title}"
        cli.say(line, fg="green" if state == "passed" else None)
    cli.say(text("Start one with `lab start NAME`."), dim=True)
