"""`lab env`"""

from __future__ import annotations

import os
import shlex

import click

from grader.cli.session import Cli, current, lab_argument, output_option, revived, stage_of


@click.command("env")
@lab_argument()
@click.option("--shell", type=click.Choice(["sh", "fish"]), help="The syntax; that of $SHELL by default.")
@output_option
@click.pass_obj
def command(cli: Cli, lab: str | None, shell: str | None) -> None:
    """Print the variables that lead to the lab's cluster: eval "$(lab env)"."""
    stage = stage_of(cli, current(cli, lab, cli.progress))
    revived(cli, stage)
    whole = stage.variables()
    names = [*stage.environment.variables(), "PATH"]
    cli.emit("Environment", variables={name: whole[name] for name in names})
    fish = shell == "fish" or (shell is None and os.environ.get("SHELL", "").endswith("/fish"))
    for name in names:
        value = shlex.quote(whole[name])
        cli.say(f"set -gx {name} {value}" if fish else f"export {name}={value}")
