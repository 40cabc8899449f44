"""`lab verify`"""

from __future__ import annotations

import os
from pathlib import Path

import click

from grader.cli.session import Cli, lab_names, output_option, place_of
from grader.course.lab import Lab
from grader.environments.base import Environment
from grader.errors import LabError, UsageError
from grader.language import text


@click.command("verify")
@click.argument("labs", nargs=-1, shell_complete=lab_names)
@click.option("--topic", help="All labs of a topic.")
@click.option("--all", "everything", is_flag=True, help="All labs there are.")
@click.option("--jobs", "-j", type=click.IntRange(1, 64), help="How many at a time; one a processor by default.")
@output_option
@click.pass_obj
def command(cli: Cli, labs: tuple[str, ...], topic: str | None, everything: bool, jobs: int | None) -> None:
    """Prove LABS: their untouched start fails, their solution gets full marks, each mistake fails what it names.

    Exits with 0 when all of it holds and with 1 when something does not.
    """
    from grader.runner.proving import Case, Proof, Prover, cases

    todo: list[Case] = []
    broken: list[LabError] = []
    for folder in _folders(labs, topic, everything):
        try:
            todo += cases(folder)
        except LabError as error:
            broken.append(error)
            cli.error(error) if not cli.json else None
    prover = Prover(_provider)
    proofs: list[Proof] = []
    try:
        for proof in prover.prove_all(todo, jobs or os.cpu_count() or 1):
            proofs.append(proof)
            _tell(cli, proof)
    except KeyboardInterrupt:
        prover.cancel()
        raise
    failures = sum(not proof.holds for proof in proofs) + len(broken)
    cli.emit("Proofs", holds=not failures, proofs=[
        {"lab": proof.case.lab, "case": proof.case.name, "seed": proof.case.seed, "holds": proof.holds,
         "seconds": proof.seconds, "problems": [cli.t(problem) for problem in proof.problems]}
        for proof in proofs
    ], broken=[{"where": error.where, "problem": cli.t(error.problem)} for error in broken])  # fmt: skip
    if failures:
        cli.say(text("{n} of {total} do not hold.", n=failures, total=len(proofs) + len(broken)), fg="red")
    else:
        cli.say(text("All {total} hold.", total=len(proofs)), fg="green")
    cli.exit(1 if failures else 0)


def _folders(labs: tuple[str, ...], topic: str | None, everything: bool) -> list[Path]:
    """The labs that are meant."""
    from grader import bundle
    from grader.course.catalogue import places

    if labs:
        return [place_of(name).folder for name in labs]
    if not (topic or everything):
        raise UsageError(text("Which labs?"), text("Name some, or write --topic TOPIC or --all."))
    found = [place.folder for place in places(bundle.folder("labs")) if everything or place.topic == topic]
    if not found:
        raise UsageError(
            text("No lab belongs to the topic {topic}.", topic=topic), text("`lab list` shows the topics.")
        )
    return found


def _provider(lab: Lab, scratch: Path) -> Environment:
    """A fresh embedded cluster whose clock runs ahead."""
    from grader.environments.embedded import EmbeddedCluster

    needs = lab.spec.environment.cluster
    if needs is None:
        raise LabError(
            text("no provider at hand can prove a Docker lab"), text("Prove it where there is one."), str(lab.folder)
        )
    images = [lab.folder / name for name in needs.images]
    return EmbeddedCluster(
        scratch / "cluster", "proof", scratch / "cache", nodes=needs.nodes, images=images, clock="fast", idle=900
    )


def _tell(cli: Cli, proof: object) -> None:
    from grader.runner.proving import Proof

    assert isinstance(proof, Proof)
    seed = f" ({proof.case.seed})" if proof.case.seed else ""
    mark = "✓" if proof.holds else "✗"
    cli.say(
        f"{mark} {proof.case.lab}: {proof.case.name}{seed}  {proof.seconds:.1f} s", fg="green" if proof.holds else "red"
    )
    for problem in proof.problems:
        for number, line in enumerate(cli.t(problem).splitlines()):
            cli.say(("    " if number else "  · ") + line)
