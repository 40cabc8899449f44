"""`lab cluster`"""

from __future__ import annotations

import re

import click

from grader.cli.session import Cli, output_option
from grader.embedded import process
from grader.environments.embedded import EmbeddedCluster
from grader.errors import ProviderError, UsageError
from grader.language import text


@click.group("cluster")
def command() -> None:
    """A bare embedded cluster to play with, beside those of the labs."""


def _name(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?", value):
        raise click.BadParameter("lower-case letters, digits and hyphens only")
    return value


name_option = click.option("--name", default="default", show_default=True, callback=_name, help="The cluster's name.")


@command.command("start")
@name_option
@click.option("--nodes", type=click.IntRange(1, 20), default=2, show_default=True, help="How many nodes it has.")
@click.option("--no-kubelet", is_flag=True, help="Run no containers: pods stay Pending.")
@click.option(
    "--idle",
    type=click.IntRange(min=0),
    default=4 * 60,
    show_default=True,
    help="Minutes without a request after which it stops; 0: never.",
)
@output_option
@click.pass_obj
def start(cli: Cli, name: str, nodes: int, no_kubelet: bool, idle: int) -> None:
    """Start a cluster. It is usable when this returns; one that runs is left as it is."""
    folder = cli.state.prepare().cluster(f"own-{name}")
    with cli.working(text("Starting the cluster …")):
        try:
            running = process.start(folder, name=name, nodes=nodes, kubelet=not no_kubelet, idle=idle * 60 or None)
        except process.ProcessError as error:
            raise ProviderError(
                text("The embedded cluster did not start: {reason}", reason=str(error)),
                text("Run `lab doctor`; what the cluster itself said is in {log}.", log=str(folder / "server.log")),
            ) from error
    cli.emit("Cluster", name=name, url=running.url, kubeconfig=str(running.kubeconfig), pid=running.pid)
    cli.say(text("The cluster {name} is ready. Use it with:", name=name), fg="green")
    cli.say(f"  export KUBECONFIG={running.kubeconfig}")


@command.command("list")
@output_option
@click.pass_obj
def list_(cli: Cli) -> None:
    """Show the clusters there are, running or not."""
    found = [
        {"name": folder.name.removeprefix("own-"), "running": process.find(folder) is not None, "folder": str(folder)}
        for folder in sorted((cli.state.root / "clusters").glob("own-*"))
    ]
    cli.emit("Clusters", clusters=found)
    for each in found:
        cli.say(
            text("{name}: {state}", name=each["name"], state=text("running") if each["running"] else text("stopped"))
        )
    if not found:
        cli.say(text("There are none. `lab cluster start` makes one."))


@command.command("kubeconfig")
@name_option
@click.pass_obj
def kubeconfig(cli: Cli, name: str) -> None:
    """Print the path of the cluster's kubeconfig: export KUBECONFIG=$(lab cluster kubeconfig)."""
    running = process.find(cli.state.cluster(f"own-{name}"))
    if running is None:
        raise UsageError(
            text("The cluster {name} does not run.", name=name),
            text("Start it with `lab cluster start --name {name}`.", name=name),
        )
    click.echo(running.kubeconfig)


@command.command("stop")
@name_option
@click.option("--keep", is_flag=True, help="Keep what is in it for the next start.")
@output_option
@click.pass_obj
def stop(cli: Cli, name: str, keep: bool) -> None:
    """Stop a cluster and remove what is in it."""
    folder = cli.state.cluster(f"own-{name}")
    if not folder.exists():
        raise UsageError(
            text("There is no cluster named {name}.", name=name), text("`lab cluster list` shows them all.")
        )
    EmbeddedCluster(folder, name, folder).stop(remove=not keep)
    cli.emit("Stopped", name=name, kept=keep)
    cli.say(text("The cluster {name} has stopped.", name=name))
