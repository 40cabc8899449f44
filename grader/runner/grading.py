"""Grading: checks in the order their needs allow, waited for side by side, results as they come, one report."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from queue import SimpleQueue

from grader.checks.base import Context, Outcome
from grader.checks.table import judge
from grader.course.lab import Check, Lab
from grader.course.loading import needs_of
from grader.errors import LabyardError
from grader.language import text
from grader.results import CheckResult, Finding, Report, TaskResult, Verdict
from grader.runner.waiting import settle

OnResult = Callable[[CheckResult], None]

_RETRY_AFTER = 0.5


@dataclass(frozen=True)
class _Errored:
    """A check that could not be looked at."""

    finding: Finding


def grade(lab: Lab, on: Context, *, environment: str, wait: bool = True, on_result: OnResult | None = None) -> Report:
    """Judge all of a lab's checks. Never raises for a check: what cannot be judged has the verdict errored.

    Without `wait`, checks are looked at once and neither `within` nor `holds_for` is awaited. `on_result` gets each
    result as it comes, in this thread.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    run = _Run(lab, on, wait, on_result or (lambda result: None))
    results = run.results()
    tasks = tuple(
        TaskResult(
            task.id,
            task.title,
            round(sum(map(task.points_of, task.checks)), 4),
            tuple(results[check.id] for check in task.checks),
        )
        for task in lab.spec.tasks
    )
    return Report(
        lab=lab.id,
        title=lab.metadata.title,
        environment=environment,
        tasks=tasks,
        seconds=round(time.monotonic() - began, 3),
        started=started.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


class _Run:
    """One grading under way."""

    def __init__(self, lab: Lab, on: Context, wait: bool, on_result: OnResult) -> None:
        self._lab = lab
        self._on = on
        self._wait = wait
        self._on_result = on_result
        self._needs = needs_of(lab)
        self._points = {check.id: task.points_of(check) for task in lab.spec.tasks for check in task.checks}
        self._results: dict[str, CheckResult] = {}
        self._done: SimpleQueue[CheckResult] = SimpleQueue()

    def results(self) -> dict[str, CheckResult]:
        """Look at each check as soon as what it needs has passed; those that have to wait do so in threads."""
        left = self._lab.checks()
        waiting = 0
        while left or waiting:
            ready = [check for check in left if all(need in self._results for need in self._needs[check.id])]
            left = [check for check in left if check not in ready]
            waiting += self._look(ready)
            if waiting and not (ready and left):
                self._add(self._done.get())
                waiting -= 1
        return self._results

    def _look(self, checks: Iterable[Check]) -> int:
        """A first look at each. Returns how many go on in threads."""
        on, threads = self._on.fresh(), 0
        for check in checks:
            unmet = next((n for n in self._needs[check.id] if self._results[n].verdict is not Verdict.PASSED), None)
            if unmet is not None:
                self._add(self._result(check, Verdict.SKIPPED, None, 0.0, unmet))
                continue
            began = time.monotonic()
            outcome = _attempt(lambda check=check, on=on: judge(check, on))  # type: ignore[misc]
            if self._goes_on(check, outcome):
                threads += 1
                self._go_on(check, outcome, began)
            else:
                self._add(self._judged(check, outcome, time.monotonic() - began))
        return threads

    def _goes_on(self, check: Check, outcome: Outcome | _Errored) -> bool:
        """Whether time may change, or must confirm, what a first look has found."""
        if isinstance(outcome, _Errored) or not self._wait or outcome.final:
            return isinstance(outcome, _Errored)
        return bool(check.holds_for) if outcome.passed else bool(check.within)

    def _go_on(self, check: Check, first: Outcome | _Errored, began: float) -> None:
        def wait() -> None:
            if isinstance(first, _Errored):
                time.sleep(_RETRY_AFTER)
                found = _attempt(lambda: settle(check, self._on, judge))
            else:
                found = _attempt(lambda: settle(check, self._on, judge, first))
                if isinstance(found, _Errored):
                    found = _attempt(lambda: settle(check, self._on, judge))
            self._done.put(self._judged(check, found, time.monotonic() - began))

        threading.Thread(target=wait, name=f"check {check.id}", daemon=True).start()

    def _judged(self, check: Check, outcome: Outcome | _Errored, seconds: float) -> CheckResult:
        if isinstance(outcome, _Errored):
            return self._result(check, Verdict.ERRORED, outcome.finding, seconds)
        if outcome.finding is None:
            return self._result(check, Verdict.PASSED, None, seconds)
        finding = replace(outcome.finding, next_step=check.advice or outcome.finding.next_step)
        return self._result(check, Verdict.FAILED, finding, seconds)

    def _result(
        self, check: Check, verdict: Verdict, finding: Finding | None, seconds: float, needs: str | None = None
    ) -> CheckResult:
        return CheckResult(
            check.id,
            check.name,
            check.kind,
            verdict,
            self._points[check.id],
            finding,
            check.hidden,
            round(seconds, 3),
            needs,
        )

    def _add(self, result: CheckResult) -> None:
        self._results[result.id] = result
        self._on_result(result)


def _attempt(look: Callable[[], Outcome]) -> Outcome | _Errored:
    """A look whose failure is the environment's or the lab's, never the learner's."""
    try:
        return look()
    except LabyardError as error:
        return _Errored(Finding(text("it can be looked at"), text("it could not be"), error.problem, error.remedy))
    except Exception as error:  # a bug in a check must not cost a learner points or end a batch
        words = text("{kind}: {message}", kind=type(error).__name__, message=str(error)[:300])
        remedy = text("This is a fault of Labyard: please report it with the output of `lab doctor`.")
        return _Errored(Finding(text("it can be looked at"), text("it could not be"), words, remedy))
