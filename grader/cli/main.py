"""The group of verbs, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

import click

from grader import __version__
from grader.cli.session import Cli
from grader.errors import LabyardError, host_error
from grader.language import chosen_language, text

INTERRUPTED = 130

VERBS = {
    "list": text("The labs there are and how far you have come."),
    "start": text("Start a lab: its workspace and its cluster."),
    "shell": text("A shell in the lab's workspace, with its kubectl."),
    "env": text("The variables that lead to the lab's cluster, for eval."),
    "status": text("The lab in progress: workspace, cluster, points, hints."),
    "check": text("Grade what you have done."),
    "hint": text("The next hint for a task."),
    "solution": text("The reference solution."),
    "reset": text("Begin the lab anew: an empty cluster with the set-up."),
    "stop": text("End the lab and remove its cluster; your files stay."),
    "next": text("The lab that comes next."),
    "demo": text("See a lab solved, from start to full marks."),
    "doctor": text("Look whether this machine has what is needed."),
    "cluster": text("A bare embedded cluster to play with."),
    "verify": text("Prove labs: the start fails, the solution passes, mistakes fail."),
    "lint": text("Look for what is unclear in labs."),
    "schema": text("The JSON Schema of the manifest, for editors."),
    "new": text("Make the files of a new lab."),
    "completion": text("The completion script for a shell."),
}  # fmt: skip


class Verbs(click.Group):
    """A group whose commands are imported when they are asked for; their short help is in the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command: click.Command = import_module(f"grader.cli.{name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        language = chosen_language(ctx.params.get("lang"))
        with formatter.section("Commands"):
            formatter.write_dl([(name, about.render(language)) for name, about in VERBS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            import difflib

            near = difflib.get_close_matches(args[0], VERBS, 1, 0.5)
            advice = f"did you mean {near[0]!r}?" if near else "`lab --help` shows all commands."
            raise click.UsageError(f"No such command {args[0]!r}; {advice}", ctx) from None


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lab")
@click.option("--lang", metavar="LANGUAGE", help="en or zh-TW; otherwise LABYARD_LANG or the locale decides.")
@click.pass_context
def cli(ctx: click.Context, lang: str | None) -> None:
    """Labyard: a Docker and Kubernetes course that runs.

    Begin with `lab list`, then `lab start scaling`.
    """
    ctx.obj = Cli(language=chosen_language(lang))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Never raises, never prints a traceback (LABYARD_DEBUG=1 does)."""
    try:
        code = cli.main(args=None if arguments is None else list(arguments), prog_name="lab", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        click.echo("\n" + text("Interrupted; everything so far is kept.").render(_language(arguments)), err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except LabyardError as error:
        return _tell(error, arguments)
    except OSError as error:
        return _tell(host_error(error), arguments)
    except Exception as error:
        if os.environ.get("LABYARD_DEBUG"):
            raise
        return _tell(_fault(error), arguments)
    return code if isinstance(code, int) else 0


def _fault(error: Exception) -> LabyardError:
    return LabyardError(
        text("Labyard itself failed: {kind}: {message}", kind=type(error).__name__, message=str(error)[:300]),
        text("Please report it. LABYARD_DEBUG=1 shows where it happened; nothing you did is lost."),
    )


def _tell(error: LabyardError, arguments: Sequence[str] | None) -> int:
    """Print what happened and what to do about it, where it is expected."""
    given: Sequence[Any] = sys.argv[1:] if arguments is None else arguments
    cli = Cli(language=_language(arguments), json=_wants_json(given))
    cli.error(error)
    return error.exit_code


def _wants_json(arguments: Sequence[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(one == "--output=json" or (one in ("--output", "-o") and two == "json") for one, two in pairs)


def _language(arguments: Sequence[str] | None) -> str:
    given = list(sys.argv[1:] if arguments is None else arguments)
    wish = next((two for one, two in pairwise(given) if one == "--lang"), None)
    return chosen_language(wish)
