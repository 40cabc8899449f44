"""The kinds of checks and the modules that judge them. A module is imported when a lab has a check of its kind."""

from __future__ import annotations

from importlib import import_module

from grader.checks.base import Context, Outcome, failed
from grader.checks.cluster import ApiError
from grader.course.lab import KINDS, Check
from grader.errors import ProviderError
from grader.language import text

MODULES = {kind: f"grader.checks.{kind}" for kind in KINDS}

_OUTAGES = (401, 429)


def judge(check: Check, on: Context) -> Outcome:
    """What a check finds right now. Raises ProviderError when the environment does not answer."""
    try:
        outcome: Outcome = import_module(MODULES[check.kind]).judge(check.spec, on)
    except ApiError as error:
        if error.status >= 500 or error.status in _OUTAGES:
            raise ProviderError(
                text("The cluster could not answer: {reason}.", reason=error.message),
                text("Run `lab check` again; if it stays so, `lab stop` and `lab start` begin anew."),
            ) from error
        return failed(
            text("the cluster answers"), text("{status}: {reason}", status=error.status, reason=error.message)
        )
    return outcome
