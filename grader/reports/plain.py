"""A report as lines of text, the same on a terminal and in a pipe; `terminal.py` adds colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.language import render, text
from grader.results import CheckResult, Message, Report, TaskResult, Verdict

MARKS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.SKIPPED: "–", Verdict.ERRORED: "!"}


@dataclass(frozen=True)
class Line:
    """A line and what it is: `task`, `check`, `detail` or `total`, with the verdict it belongs to."""

    kind: str
    words: str
    verdict: Verdict


def lines(report: Report, language: str = "en", *, reveal: bool = False) -> Iterator[Line]:
    """A report's lines. `reveal` shows what hidden checks look at."""
    for task in report.tasks:
        yield task_line(task, language)
        for check in task.checks:
            yield from check_lines(check, report, language, reveal=reveal)
    yield total_line(report, language)


def task_line(task: TaskResult, language: str) -> Line:
    """A task's mark, title and points."""
    points = f"{task.earned:g}/{task.points:g}"
    return Line("task", f"{MARKS[task.verdict]} {task.title}  {points}", task.verdict)


def check_lines(check: CheckResult, report: Report, language: str, *, reveal: bool = False) -> Iterator[Line]:
    """A check's name, and what was found when it did not pass."""
    hidden = check.hidden and not reveal
    name = render(text("A hidden check"), language) if hidden else check.name
    yield Line("check", f"  {MARKS[check.verdict]} {name}", check.verdict)
    for words in _details(check, report, hidden):
        first, *rest = render(words, language).splitlines() or [""]
        yield Line("detail", f"      {first}", check.verdict)
        for more in rest:
            yield Line("detail", f"        {more}", check.verdict)


def _details(check: CheckResult, report: Report, hidden: bool) -> Iterator[Message]:
    if check.verdict is Verdict.SKIPPED and check.needs:
        needed = next((each for each in report.checks if each.id == check.needs), None)
        yield text("skipped: it needs “{name}”", name=needed.name if needed and not needed.hidden else check.needs)
    finding = check.finding
    if finding is None or (hidden and check.verdict is Verdict.FAILED):
        return
    if check.verdict is Verdict.ERRORED:
        yield text("could not be graded: {why}", why=finding.why)
    else:
        yield text("expected: {expected}", expected=finding.expected)
        yield text("actual:   {actual}", actual=finding.actual)
        if finding.why:
            yield text("why:      {why}", why=finding.why)
    if finding.next_step:
        yield text("next:     {step}", step=finding.next_step)


def total_line(report: Report, language: str) -> Line:
    """Points, and those that could not be judged."""
    earned, points = f"{report.earned:g}", f"{report.points:g}"
    message = text("{earned} of {points} points", earned=earned, points=points)
    if report.ungraded:
        message = text("{before}, {n} could not be graded", before=message, n=f"{report.ungraded:g}")
    return Line("total", render(message, language), report.verdict)
