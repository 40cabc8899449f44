"""`lab doctor`"""

from __future__ import annotations

import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from grader import __version__
from grader.cli.session import Cli, output_option
from grader.errors import LabyardError
from grader.language import text
from grader.results import Message

_LEAST_FREE = 200 * 1024 * 1024


@dataclass(frozen=True)
class Symptom:
    """One thing that was looked at. `needed`: without it labs do not run."""

    name: str
    good: bool
    words: Message
    needed: bool = True


@click.command("doctor")
@output_option
@click.pass_obj
def command(cli: Cli) -> None:
    """Look whether this machine has what is needed, and say what to do about what it lacks.

    Exits with 2 when something needed is missing.
    """
    looks: tuple[Callable[[Cli], Symptom], ...] = (
        _python,
        _kubectl,
        _bash,
        _state,
        _disk,
        _loopback,
        _cluster,
        _docker,
    )
    symptoms = [look(cli) for look in looks]
    cli.emit("Health", symptoms=[
        {"name": each.name, "good": each.good, "needed": each.needed, "words": cli.t(each.words)} for each in symptoms
    ])  # fmt: skip
    for each in symptoms:
        mark, colour = ("✓", "green") if each.good else ("✗", "red") if each.needed else ("–", "yellow")
        cli.say(f"{mark} {each.name:<10} {cli.t(each.words)}", fg=colour)
    cli.exit(0 if all(each.good or not each.needed for each in symptoms) else 2)


def _python(cli: Cli) -> Symptom:
    words = text("labyard {version}, Python {python} on {system}", version=__version__,
                 python=platform.python_version(), system=platform.system())  # fmt: skip
    return Symptom("labyard", sys.version_info >= (3, 11), words)


def _kubectl(cli: Cli) -> Symptom:
    from grader.environments.kubectl import locate

    try:
        found = locate(cli.state.root)
    except LabyardError as error:
        return Symptom("kubectl", False, text("{problem} {remedy}", problem=error.problem, remedy=error.remedy))
    return Symptom("kubectl", True, f"{found.version} ({found.path})")


def _bash(cli: Cli) -> Symptom:
    found = shutil.which("bash")
    return Symptom(
        "bash", found is not None, found or text("not on PATH; solutions and set-ups are bash scripts: install bash")
    )


def _state(cli: Cli) -> Symptom:
    try:
        cli.state.prepare()
        with tempfile.TemporaryFile(dir=cli.state.root):
            return Symptom("state", True, str(cli.state.root))
    except LabyardError as error:
        return Symptom("state", False, text("{problem} {remedy}", problem=error.problem, remedy=error.remedy))
    except OSError as error:
        words = text("{place} cannot be written ({reason}); set XDG_STATE_HOME to a folder of yours",
                     place=str(cli.state.root), reason=error.strerror or "")  # fmt: skip
        return Symptom("state", False, words)


def _disk(cli: Cli) -> Symptom:
    place = cli.state.root if cli.state.root.exists() else Path.home()
    free = shutil.disk_usage(place).free
    words = text("{n} MB free", n=free // 1024 // 1024)
    if free < _LEAST_FREE:
        words = text("only {n} MB free; make room for at least 200 MB", n=free // 1024 // 1024)
    return Symptom("disk", free >= _LEAST_FREE, words)


def _loopback(cli: Cli) -> Symptom:
    try:
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            with socket.create_connection(listening.getsockname(), timeout=2):
                return Symptom("network", True, text("the loopback interface works"))
    except OSError as error:
        return Symptom(
            "network", False, text("127.0.0.1 does not work ({reason}); clusters listen there", reason=str(error))
        )


def _cluster(cli: Cli) -> Symptom:
    """A cluster is started and stopped for real."""
    import time

    from grader.embedded import process

    with tempfile.TemporaryDirectory(prefix="labyard-doctor-") as scratch:
        folder = Path(scratch) / "cluster"
        began = time.monotonic()
        try:
            process.start(folder, name="doctor", nodes=1, idle=60)
            seconds = time.monotonic() - began
        except (process.ProcessError, OSError) as error:
            return Symptom("cluster", False, text("an embedded cluster does not start: {reason}", reason=str(error)))
        finally:
            process.stop(folder)
    return Symptom("cluster", True, text("an embedded cluster starts in {n} s", n=f"{seconds:.2f}"))


def _docker(cli: Cli) -> Symptom:
    found = shutil.which("docker") or shutil.which("podman")
    return Symptom("docker", found is not None, found or text("not found; only Docker labs need it"), needed=False)
