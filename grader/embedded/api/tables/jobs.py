"""Cells of jobs and cron jobs."""

from __future__ import annotations

from grader.embedded.api.tables.ages import between, since
from grader.embedded.api.tables.cells import (
    NONE,
    Cells,
    CellsOf,
    age,
    containers_and_images,
    name_of,
    selector_or_none,
    spec_of,
    status_of,
    yes_no,
)
from grader.embedded.objects import Obj, is_terminating, is_true

# The first condition that is true names the status, except that deletion comes in between.
_ENDINGS = (("Complete", "Complete"), ("Failed", "Failed"))
_STATES = (("Suspended", "Suspended"), ("FailureTarget", "FailureTarget"), ("SuccessCriteriaMet", "SuccessCriteriaMet"))


def _job(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    return [
        name_of(obj),
        _status(obj),
        _completions(obj),
        _duration(obj, now),
        age(obj, now),
        *containers_and_images(spec.get("template")),
        selector_or_none(spec.get("selector")),
    ]


def _status(obj: Obj) -> str:
    for condition, word in _ENDINGS:
        if is_true(obj, condition):
            return word
    if is_terminating(obj):
        return "Terminating"
    return next((word for condition, word in _STATES if is_true(obj, condition)), "Running")


def _completions(obj: Obj) -> str:
    """`0/3`, or `0/1 of 2` for a work queue with two workers."""
    spec, succeeded = spec_of(obj), status_of(obj).get("succeeded", 0)
    completions = spec.get("completions")
    if completions is not None:
        return f"{succeeded}/{completions}"
    parallelism = spec.get("parallelism", 0)
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _duration(obj: Obj, now: float) -> str:
    status = status_of(obj)
    start, end = status.get("startTime"), status.get("completionTime")
    if not start:
        return ""
    return between(start, end) if end else since(start, now)


def _cron_job(obj: Obj, now: float) -> Cells:
    spec, status = spec_of(obj), status_of(obj)
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    last = status.get("lastScheduleTime")
    return [
        name_of(obj),
        spec.get("schedule", ""),
        spec.get("timeZone") or NONE,
        yes_no(spec.get("suspend")),
        len(status.get("active") or ()),
        since(last, now) if last else NONE,
        age(obj, now),
        *containers_and_images(job.get("template")),
        selector_or_none(job.get("selector")),
    ]


PRINTERS: dict[str, CellsOf] = {"jobs.batch": _job, "cronjobs.batch": _cron_job}
