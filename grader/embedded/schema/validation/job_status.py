"""Rules of what may be said of a job ("JobStatus v1 batch" of the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj, is_true
from grader.embedded.schema.field_errors import ErrorType, FieldError, invalid, required
from grader.embedded.schema.validation.metadata import object_meta_update
from grader.embedded.schema.validation.workload_status import check_counts

_COUNTS = ("active", "succeeded", "failed", "ready", "terminating")
_TERMINAL = ("Failed", "Complete", "FailureTarget")
_FIELD = "status.conditions"


def _conditions(words: str) -> FieldError:
    """An error of the conditions, which are not printed with it."""
    return FieldError(ErrorType.INVALID, _FIELD, ..., words)


def validate_job_status(new: Obj, old: Obj) -> list[FieldError]:
    """Errors of a change through `jobs/status`."""
    status, before = new.get("status") or {}, old.get("status") or {}
    errors = object_meta_update(new, old) + check_counts(status, _COUNTS)
    if status != before:
        errors += _contradictions(new, status) + _finished(new, status)
    errors += [
        _conditions(f"cannot disable the terminal {kind}=True condition")
        for kind in _TERMINAL
        if is_true(old, kind) and not is_true(new, kind)
    ]
    for count in ("failed", "succeeded"):
        if status.get(count, 0) < before.get(count, 0):
            text = f"cannot decrease the {count} counter"
            errors.append(invalid(f"status.{count}", status.get(count, 0), text))
    ended, former = status.get("completionTime"), before.get("completionTime")
    if ended is not None and former is not None and ended != former:
        errors.append(invalid("status.completionTime", ended, "completionTime cannot be mutated"))
    return errors


def _contradictions(job: Obj, status: Obj) -> list[FieldError]:
    complete, failed = is_true(job, "Complete"), is_true(job, "Failed")
    target, met = is_true(job, "FailureTarget"), is_true(job, "SuccessCriteriaMet")
    started, ended = status.get("startTime"), status.get("completionTime")
    where = "status.completionTime"
    checks = (
        (complete and failed, _conditions("cannot set Complete=True and Failed=true conditions")),
        (complete and target, _conditions("cannot set Complete=True and FailureTarget=true conditions")),
        (
            ended is not None and not complete,
            invalid(where, ended, "cannot set completionTime when there is no Complete=True condition"),
        ),
        (ended is None and complete, required(where, "completionTime is required for Complete jobs")),
        (
            started is not None and ended is not None and ended < started,
            invalid(where, ended, "completionTime cannot be set before startTime"),
        ),
        (
            failed and not target,
            _conditions("cannot set Failed=True condition without the FailureTarget=true condition"),
        ),
        (
            complete and not met,
            _conditions("cannot set Complete=True condition without the SuccessCriteriaMet=true condition"),
        ),
    )
    return [error for wrong, error in checks if wrong]


def _finished(job: Obj, status: Obj) -> list[FieldError]:
    """Errors of a finished job that is said to do something still."""
    active, ready, met = status.get("active", 0), status.get("ready"), is_true(job, "SuccessCriteriaMet")
    done = is_true(job, "Complete") or is_true(job, "Failed")
    uncounted = status.get("uncountedTerminatedPods") or {}
    checks = (
        (done and active > 0, invalid("status.active", active, "active>0 is invalid for finished job")),
        (
            done and status.get("startTime") is None,
            required("status.startTime", "startTime is required for finished job"),
        ),
        (
            done and any(uncounted.values()),
            invalid(
                "status.uncountedTerminatedPods",
                uncounted,
                "uncountedTerminatedPods needs to be empty for finished job",
            ),
        ),
        (
            done and (status.get("terminating") or 0) > 0,
            invalid("status.terminating", status.get("terminating"), "terminating>0 is invalid for finished job"),
        ),
        (
            ready is not None and ready > active,
            invalid("status.ready", ready, "cannot set more ready pods than active"),
        ),
        (
            met and is_true(job, "Failed"),
            _conditions("cannot set SuccessCriteriaMet=True and Failed=true conditions"),
        ),
        (
            met and is_true(job, "FailureTarget"),
            _conditions("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"),
        ),
    )
    return [error for wrong, error in checks if wrong]
