"""Order, skips, waiting, retries and points, with checks whose outcomes are given."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from grader.checks.base import PASSED, Context, Outcome, failed
from grader.course.lab import Check, Lab
from grader.errors import ProviderError
from grader.results import Report, Verdict
from grader.runner import grading
from grader.runner.grading import grade

BAD = failed("this", "that", "because", "do it")


@dataclass
class Script:
    """The outcomes of each check, one a look; the last stays."""

    outcomes: dict[str, list[Outcome | Exception]]
    looks: list[str] = field(default_factory=list)

    def judge(self, check: Check, on: Context) -> Outcome:
        self.looks.append(check.id)
        coming = self.outcomes.get(check.id, [PASSED])
        found = coming.pop(0) if len(coming) > 1 else coming[0]
        if isinstance(found, Exception):
            raise found
        return found


class NoCluster:
    """A cluster where nothing changes and time is a handful of ticks."""

    namespace = "default"

    def fresh(self) -> NoCluster:
        return self

    def objects(self, *_: Any) -> list[Any]:
        return []

    def changes(self, *_: Any) -> Iterator[None]:
        for _ in range(3):
            threading.Event().wait(0.06)
            yield None


def check(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "name": f"Check {id}", "command": {"ran": "x"}, **more}


def run(
    monkeypatch: pytest.MonkeyPatch, checks: list[dict[str, Any]], outcomes: dict[str, Any], **more: Any
) -> tuple[Report, Script]:
    script = Script(outcomes)
    monkeypatch.setattr(grading, "judge", script.judge)
    monkeypatch.setattr(grading, "_RETRY_AFTER", 0.0)
    task = {"id": "task", "title": "The task", "text": "What is to be done.", "checks": checks, **more.pop("task", {})}
    lab = Lab.model_validate(
        {
            "apiVersion": "labyard/v1",
            "kind": "Lab",
            "metadata": {"name": "lab", "topic": "kubernetes", "title": "The lab"},
            "spec": {"goal": "What it is good for.", "tasks": [task]},
        }
    )
    return grade(lab, Context(NoCluster()), environment="test", **more), script  # type: ignore[arg-type]


def verdicts(report: Report) -> dict[str, str]:
    return {check.id: check.verdict.value for check in report.checks}


def test_checks_that_need_others_wait_for_them_and_are_skipped_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [check("c", needs=["b"]), check("b", needs=["a"]), check("a"), check("d", needs=["a"])]
    report, script = run(monkeypatch, checks, {"b": [BAD]})
    assert verdicts(report) == {"c": "skipped", "b": "failed", "a": "passed", "d": "passed"}
    assert script.looks == ["a", "b", "d"]
    assert report.checks[0].needs == "b"


def test_a_check_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = run(monkeypatch, [check("a", within="5s")], {"a": [BAD, BAD, PASSED]})
    assert verdicts(report) == {"a": "passed"}


def test_waiting_ends_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = run(monkeypatch, [check("a", within="5s")], {"a": [BAD]})
    assert verdicts(report) == {"a": "failed"}


def test_what_waiting_cannot_change_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    final = failed("this", "that", final=True)
    _, script = run(monkeypatch, [check("a", within="5s")], {"a": [final]})
    assert script.looks == ["a"]


def test_a_check_that_does_not_stay_fails_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = run(monkeypatch, [check("a", holds_for="2s")], {"a": [PASSED, failed("this", "that")]})
    assert verdicts(report) == {"a": "failed"}
    assert "did not stay so for 2 seconds" in str(report.checks[0].finding.why)  # type: ignore[union-attr]


def test_without_waiting_there_is_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    report, script = run(monkeypatch, [check("a", within="5s"), check("b", holds_for="5s")], {"a": [BAD]}, wait=False)
    assert verdicts(report) == {"a": "failed", "b": "passed"}
    assert script.looks == ["a", "b"]


def test_an_error_is_retried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    outage = ProviderError("the cluster is away", "start it")
    report, script = run(monkeypatch, [check("a"), check("b")], {"a": [outage, PASSED], "b": [outage]})
    assert verdicts(report) == {"a": "passed", "b": "errored"}
    assert script.looks.count("b") == 2
    assert (report.verdict, report.exit_code) == (Verdict.ERRORED, 2)


def test_points_of_errors_and_of_what_they_hold_up_are_ungraded_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [check("a", points=3), check("b", needs=["a"], points=2), check("c", points=5)]
    report, _ = run(monkeypatch, checks, {"a": [ProviderError("away", "start it")]})
    assert (report.earned, report.points, report.ungraded) == (5, 10, 5)


def test_a_fault_in_a_check_costs_the_learner_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = run(monkeypatch, [check("a")], {"a": [TypeError("boom")]})
    assert verdicts(report) == {"a": "errored"}
    assert "TypeError: boom" in str(report.checks[0].finding.why)  # type: ignore[union-attr]


def test_points_of_a_task_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = [check("a"), check("b", points=3)]
    report, _ = run(monkeypatch, checks, {"a": [BAD]}, task={"points": 10})
    assert (report.earned, report.points) == (7.5, 10)


def test_the_authors_advice_replaces_the_diagnosed_step(monkeypatch: pytest.MonkeyPatch) -> None:
    report, _ = run(monkeypatch, [check("a", advice="Read it again.")], {"a": [BAD]})
    assert report.checks[0].finding.next_step == "Read it again."  # type: ignore[union-attr]


def test_results_are_told_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    checks = [check("slow", within="5s"), check("quick")]
    run(monkeypatch, checks, {"slow": [BAD]}, on_result=lambda result: seen.append(result.id))
    assert seen == ["quick", "slow"]
