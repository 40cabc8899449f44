"""What the judging of every kind has in common: what it may look at, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from grader.checks.cluster import Cluster
from grader.course.model import TextMatch
from grader.language import Text, listed, text
from grader.results import Finding, Message


@dataclass(frozen=True)
class Baseline:
    """How things stood when the lab was ready for the learner.

    `pods`: uid to name, namespace, owner and readiness of the pods there were; `version`: the pods' resource version,
    where a replay of history begins; `commands` and `writes`: how many lines the records had.
    """

    pods: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    version: str = ""
    commands: int = 0
    writes: int = 0


@dataclass(frozen=True)
class Context:
    """What a check may look at.

    `commands`: lines recorded since the start; `writes`: the audit log's, None without one; `node_hosts`: where this
    machine reaches the nodes' ports, empty when their own addresses say so.
    """

    cluster: Cluster
    workspace: Path | None = None
    folder: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    baseline: Baseline = field(default_factory=Baseline)
    commands: Sequence[str] | None = None
    writes: Sequence[Mapping[str, Any]] | None = None
    kubeconfig: Path | None = None
    node_hosts: Sequence[str] = ()

    def fresh(self) -> Context:
        """The same with nothing remembered of the cluster."""
        return replace(self, cluster=self.cluster.fresh())


@dataclass(frozen=True)
class Outcome:
    """What a look at the system gave.

    `final`: waiting cannot help, because what was asked for differs. `timed`: time itself may change it; otherwise only
    the controllers can, and once they have nothing left to do, waiting cannot help either.
    """

    finding: Finding | None = None
    final: bool = False
    timed: bool = True

    @property
    def passed(self) -> bool:
        return self.finding is None


PASSED = Outcome()


def failed(
    expected: Message,
    actual: Message,
    why: Message | None = None,
    next_step: Message | None = None,
    *,
    final: bool = False,
) -> Outcome:
    """An outcome that does not hold."""
    return Outcome(Finding(expected, actual, why, next_step), final)


def untimed(outcome: Outcome) -> Outcome:
    """The outcome, said to change by what controllers do only."""
    return replace(outcome, timed=False)


def judge_text(output: str, match: TextMatch, subject: Message) -> Outcome:
    """Whether a text has what it must have and lacks what it must not have. `subject` names whose text it is."""
    shown = shortened(output)
    for wanted in match.contains:
        if wanted not in output:
            return failed(text("{subject} contains “{wanted}”", subject=subject, wanted=wanted), shown)
    if match.matches and not re.search(match.matches, output, re.MULTILINE):
        return failed(text("{subject} matches /{wanted}/", subject=subject, wanted=match.matches), shown)
    for unwanted in match.lacks:
        if unwanted in output:
            return failed(text("{subject} does not contain “{unwanted}”", subject=subject, unwanted=unwanted), shown)
    return PASSED


def shortened(output: str, limit: int = 300) -> Message:
    """The end of an output, which is where the news are."""
    stripped = output.strip()
    if not stripped:
        return text("nothing")
    return stripped if len(stripped) <= limit else f"… {stripped[-limit:]}"


def near_names(wanted: str, names: Sequence[str]) -> Text | None:
    """A sentence about names that are there instead of a missing one. None when there are none."""
    import difflib

    if not names:
        return None
    close = difflib.get_close_matches(wanted, names, 1, 0.6)
    if close:
        return text("there is one named {name}: is the name misspelled?", name=close[0])
    return text("there are: {names}", names=listed(sorted(names)))
