"""What grading yields: verdicts, findings and reports. Plain data; nothing here grades, waits or prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from grader.language import Text

Message = Text | str


class Verdict(StrEnum):
    """The outcome of a check.

    `passed` and `failed` are about the learner's work. `skipped` was not looked at because a check it needs did not
    pass. `errored` is the environment's fault and never scored as zero.
    """

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERRORED = "errored"


@dataclass(frozen=True)
class Finding:
    """Why a check did not pass: what was expected, what is there, why that is so, and what to do next."""

    expected: Message
    actual: Message
    why: Message | None = None
    next_step: Message | None = None

    def texts(self) -> Iterable[Message]:
        """Its sentences in reading order."""
        return (part for part in (self.expected, self.actual, self.why, self.next_step) if part)


@dataclass(frozen=True)
class CheckResult:
    """One check's outcome. `points` are those of the whole check; `needs` names the check a skipped one waited for."""

    id: str
    name: str
    kind: str
    verdict: Verdict
    points: float
    finding: Finding | None = None
    hidden: bool = False
    seconds: float = 0.0
    needs: str | None = None

    @property
    def earned(self) -> float:
        return self.points if self.verdict is Verdict.PASSED else 0.0


@dataclass(frozen=True)
class TaskResult:
    """One task's outcome: the worst of its checks'."""

    id: str
    title: str
    points: float
    checks: tuple[CheckResult, ...]

    @property
    def verdict(self) -> Verdict:
        found = {check.verdict for check in self.checks}
        for verdict in (Verdict.ERRORED, Verdict.FAILED, Verdict.SKIPPED):
            if verdict in found:
                return verdict
        return Verdict.PASSED

    @property
    def earned(self) -> float:
        return round(sum(check.earned for check in self.checks), 4)


@dataclass(frozen=True)
class Report:
    """All outcomes of one run. `ungraded` points could not be judged: they are neither earned nor lost."""

    lab: str
    title: str
    environment: str
    tasks: tuple[TaskResult, ...]
    seconds: float
    started: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        return tuple(check for task in self.tasks for check in task.checks)

    @property
    def points(self) -> float:
        return round(sum(task.points for task in self.tasks), 4)

    @property
    def earned(self) -> float:
        return round(sum(task.earned for task in self.tasks), 4)

    @property
    def ungraded(self) -> float:
        """Points of checks that errored, and of those skipped because of them."""
        errored = {check.id for check in self.checks if check.verdict is Verdict.ERRORED}
        lost = 0.0
        for check in self.checks:
            if check.verdict is Verdict.SKIPPED and check.needs in errored:
                errored.add(check.id)
            if check.id in errored:
                lost += check.points
        return round(lost, 4)

    @property
    def verdict(self) -> Verdict:
        found = {check.verdict for check in self.checks}
        if Verdict.ERRORED in found:
            return Verdict.ERRORED
        return Verdict.PASSED if found <= {Verdict.PASSED} else Verdict.FAILED

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 2 could not be graded."""
        return {Verdict.PASSED: 0, Verdict.ERRORED: 2}.get(self.verdict, 1)
