"""What every verb starts from: the language, the output, the learner's state, and the lab that is meant."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from grader.errors import LabyardError, UsageError
from grader.language import render, text
from grader.results import Message
from grader.workspace.state import State

if TYPE_CHECKING:
    from grader.course.catalogue import Place
    from grader.course.lab import Lab
    from grader.environments.base import Environment
    from grader.runner.staging import Stage
    from grader.workspace.progress import Progress, Session

SCHEMA_VERSION = 1


@dataclass
class Cli:
    """One run of `lab`. In JSON mode `say` is silent, and the one document is printed by `emit`."""

    language: str = "en"
    json: bool = False
    state: State = field(default_factory=State.of_user)

    def t(self, message: Message) -> str:
        """A message in the learner's language."""
        return str(render(message, self.language))

    def say(self, message: Message = "", **style: Any) -> None:
        """A line for the learner."""
        if not self.json:
            click.secho(self.t(message), **style)

    def note(self, message: Message) -> None:
        """A line beside the result: on standard error."""
        if not self.json:
            click.secho(self.t(message), err=True, dim=True)

    def emit(self, kind: str, **content: Any) -> None:
        """The one JSON document of a run in JSON mode."""
        if self.json:
            click.echo(json.dumps({"schemaVersion": SCHEMA_VERSION, "kind": kind, **content}, ensure_ascii=False))

    def markdown(self, source: str) -> None:
        """A lab's text, laid out on a terminal and as it is in a pipe."""
        if self.json:
            return
        if not self.pretty:
            click.echo(source.rstrip())
            return
        from rich.console import Console
        from rich.markdown import Markdown

        Console(highlight=False).print(Markdown(source))

    @property
    def pretty(self) -> bool:
        """Whether the learner sees a terminal that may be decorated."""
        return not self.json and sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def error(self, error: LabyardError) -> None:
        """What happened and what to do, in JSON mode as the document."""
        where = getattr(error, "where", "")
        if self.json:
            self.emit("Error", problem=self.t(error.problem), remedy=self.t(error.remedy), where=where or None)
            return
        head = f"{where}: " if where else ""
        click.secho(self.t(text("error:")) + f" {head}{self.t(error.problem)}", err=True, fg="red")
        click.echo(self.t(error.remedy), err=True)

    @contextmanager
    def working(self, message: Message) -> Iterator[None]:
        """Show that something is under way, once it takes longer than a moment. Only on a terminal."""
        if self.json or not sys.stderr.isatty():
            yield
            return
        from threading import Timer

        shown: list[Any] = []

        def show() -> None:
            from rich.console import Console

            status = Console(stderr=True).status(self.t(message))
            shown.append(status)
            status.start()

        timer = Timer(0.4, show)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            for status in shown:
                status.stop()

    @property
    def progress(self) -> Progress:
        """The learner's progress."""
        from grader.workspace.progress import Progress

        return Progress(self.state.prepare().progress)

    def exit(self, code: int) -> NoReturn:
        """End with an exit code."""
        raise click.exceptions.Exit(code)


def place_of(name: str) -> Place:
    """The lab with a name. Raises UsageError."""
    from grader import bundle
    from grader.course.catalogue import find

    return find(bundle.folder("labs"), name)


def load(cli: Cli, name: str, seed: str | None = None) -> Lab:
    """A lab by name, in the learner's language and with a seed's parameters."""
    from grader.course.loading import load_lab

    return load_lab(place_of(name).folder, seed=seed, language=cli.language)


def current(cli: Cli, name: str | None, progress: Progress, *, ready: bool = True) -> Session:
    """The session that is meant: of the lab named, of the folder one stands in, or the latest.

    Without `ready`, one whose set-up was cut short will do. Raises UsageError when there is none.
    """
    wanted = place_of(name).id if name else _here()
    if wanted:
        session = progress.session(wanted)
        if session and (session.ready or not ready):
            return session
        raise UsageError(
            text("The lab {lab} has not been started.", lab=wanted),
            text("Start it with `lab start {lab}`.", lab=wanted),
        )
    active = [session for session in progress.active() if session.ready or not ready]
    if not active:
        raise UsageError(
            text("No lab is in progress."), text("Choose one with `lab list` and start it with `lab start LAB`.")
        )
    return active[0]


def _here() -> str:
    """The lab whose workspace the current folder is in; empty when it is none's."""
    from grader.workspace.folder import MARKER

    try:
        folder = Path.cwd()
    except OSError:
        return ""
    for place in (folder, *folder.parents):
        marker = place / MARKER
        if marker.is_file():
            return marker.read_text(encoding="utf-8").strip()
    return ""


def environment_of(cli: Cli, lab: Lab) -> Environment:
    """The environment of a lab, by the provider for what it needs. Raises UsageError when there is none for it."""
    from grader.environments.embedded import EmbeddedCluster

    needs = lab.spec.environment.cluster
    if needs is None:
        raise UsageError(
            text("The lab {lab} needs a Docker engine, which this version cannot provide.", lab=lab.id),
            text("Choose a lab of another topic with `lab list`."),
        )
    return EmbeddedCluster(
        folder=cli.state.cluster(lab.id),
        name=lab.metadata.name,
        cache=cli.state.session(lab.id),
        nodes=needs.nodes,
        images=[lab.folder / name for name in needs.images],
    )


def stage_of(cli: Cli, session: Session) -> Stage:
    """The stage of a session: its lab with its seed, its environment, its workspace."""
    from grader.course.loading import load_lab
    from grader.runner.staging import Stage

    lab = load_lab(session.folder, seed=session.seed, language=cli.language)
    return Stage(lab, environment_of(cli, lab), session.workspace, cli.state.session(lab.id))


def revived(cli: Cli, stage: Stage) -> None:
    """Bring a session's environment back when it went idle or was killed; its objects were kept."""
    if stage.environment.alive():
        return
    with cli.working(text("The cluster was not running; starting it again …")):
        there = stage.environment.start()
    if not there:
        raise UsageError(
            text("The cluster of {lab} is gone with all that was in it.", lab=stage.lab.id),
            text("`lab reset {lab}` begins the lab anew; your files stay.", lab=stage.lab.id),
        )


F = TypeVar("F", bound=Callable[..., Any])


def output_option(function: F) -> F:
    """The option `--output`: text, or one JSON document."""

    def choose(ctx: click.Context, parameter: click.Parameter, value: str) -> None:
        ctx.obj.json = value == "json"

    return click.option(
        "--output", "-o", type=click.Choice(["text", "json"]), default="text", expose_value=False, callback=choose,
        help="Text for people, or one JSON document.",
    )(function)  # fmt: skip


def lab_names(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Names of labs, for completion in a shell."""
    from grader import bundle
    from grader.course.catalogue import places

    found = places(bundle.folder("labs"))
    return [place.slug for place in found if place.slug.startswith(incomplete)]


def lab_argument(*, required: bool = False) -> Callable[[F], F]:
    """The argument LAB: a slug, a topic and slug, or a lab's folder."""
    return click.argument("lab", required=required, shell_complete=lab_names)
