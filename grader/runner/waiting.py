"""Waiting for a check to hold, and to stay so, in the environment's own time.

The end of a watch that the server bounds is what time is measured by: on a cluster whose clock runs ahead, thirty
seconds are over when thirty seconds have passed there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from grader.checks.base import Context, Outcome
from grader.checks.calm import calm
from grader.checks.cluster import ApiError
from grader.course.lab import Check
from grader.language import text

Judge = Callable[[Check, Context], Outcome]

_SHORTEST = 0.05
_PATIENCE = 1.0


def settle(check: Check, on: Context, judge: Judge, first: Outcome | None = None) -> Outcome:
    """What a check comes to: `within` waits until it holds, `holds_for` until it has stayed so.

    `first` is the outcome of a look that was had already. What only controllers can change is not waited for once they
    have had nothing to do for a while.
    """
    outcome = first or judge(check, on.fresh())
    if outcome.passed:
        outcome = _hold(check, on, judge)
    if outcome.passed or outcome.final or not check.within:
        return outcome
    calm_since: float | None = None
    for _ in pulse(on, check.within):
        now = on.fresh()
        outcome = judge(check, now)
        if outcome.passed:
            outcome = _hold(check, on, judge)
        if outcome.passed or outcome.final:
            break
        if outcome.timed or not calm(now.cluster):
            calm_since = None
        elif calm_since is None:
            calm_since = time.monotonic()
        elif time.monotonic() - calm_since > _PATIENCE:
            break
    return outcome


def _hold(check: Check, on: Context, judge: Judge) -> Outcome:
    """Whether a check that holds stays so. A look that fails ends it."""
    outcome = Outcome()
    if not check.holds_for:
        return outcome
    for _ in pulse(on, check.holds_for):
        outcome = judge(check, on.fresh())
        if not outcome.passed:
            return _did_not_stay(outcome, check.holds_for)
    return outcome


def _did_not_stay(outcome: Outcome, seconds: float) -> Outcome:
    """The finding of a check that held for a while only."""
    assert outcome.finding is not None
    why = outcome.finding.why or text("it held at first and did not stay so for {n} seconds", n=f"{seconds:g}")
    return replace(outcome, finding=replace(outcome.finding, why=why))


def pulse(on: Context, seconds: float) -> Iterator[None]:
    """Moments to look again until `seconds` of the environment's time are over, the last one after their end."""
    last = time.monotonic()
    try:
        for _ in on.cluster.changes("Pod", seconds, "*"):
            if time.monotonic() - last >= _SHORTEST:
                yield
                last = time.monotonic()
    except ApiError:
        yield from _by_the_wall(seconds)
    yield


def _by_the_wall(seconds: float) -> Iterator[None]:
    """For an environment whose changes may not be watched."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.25)
        yield
