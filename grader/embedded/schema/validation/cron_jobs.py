"""Rules of CronJobs ("CronJob v1 batch" of the Kubernetes API reference)."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from grader.embedded.objects import Obj
from grader.embedded.schema.cron import ScheduleError, parse_schedule
from grader.embedded.schema.field_errors import FieldError, invalid, not_supported, required
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.job_specs import check_job_spec
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update
from grader.embedded.schema.validation.names import at_most
from grader.embedded.schema.validation.values import not_negative, shown_selector

_POLICIES = ["Allow", "Forbid", "Replace"]
_NAME_LIMIT = 52
_is_zone_part = re.compile(r"[A-Za-z.\-_0-9+]{1,14}").fullmatch


def _spec(spec: Obj, former: Obj | None) -> list[FieldError]:
    """Errors of a spec; a time zone within the schedule may stay where it was allowed once."""
    zone = spec.get("timeZone")
    errors = _schedule(spec.get("schedule", ""), zone, "TZ" in (former or {}).get("schedule", ""))
    errors += not_negative(spec.get("startingDeadlineSeconds"), "spec.startingDeadlineSeconds")
    if former is None or zone != former.get("timeZone"):
        errors += _time_zone(zone, "spec.timeZone")
    policy = spec.get("concurrencyPolicy", "")
    if not policy:
        errors.append(required("spec.concurrencyPolicy"))
    elif policy not in _POLICIES:
        errors.append(not_supported("spec.concurrencyPolicy", policy, _POLICIES))
    job, where = (spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec"
    errors += check_job_spec(job, where)
    if job.get("selector") is not None:
        shown = shown_selector(job["selector"])
        errors.append(invalid(f"{where}.selector", shown, "`selector` will be auto-generated"))
    if job.get("manualSelector"):
        errors.append(not_supported(f"{where}.manualSelector", True, ["nil", "false"]))
    errors += not_negative(spec.get("successfulJobsHistoryLimit"), "spec.successfulJobsHistoryLimit")
    return errors + not_negative(spec.get("failedJobsHistoryLimit"), "spec.failedJobsHistoryLimit")


def _schedule(text: str, zone: str | None, zones_allowed: bool) -> list[FieldError]:
    where = "spec.schedule"
    if not text:
        return [required(where)]
    errors: list[FieldError] = []
    try:
        parse_schedule(text)
    except ScheduleError as trouble:
        errors.append(invalid(where, text, str(trouble)))
    if "TZ" in text:
        if not zones_allowed:
            words = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
            errors.append(invalid(where, text, words))
        elif zone is not None:
            errors.append(invalid(where, text, "cannot use both timeZone field and TZ or CRON_TZ in schedule"))
    return errors


def _time_zone(zone: str | None, field: str) -> list[FieldError]:
    if zone is None:
        return []
    if not zone:
        return [invalid(field, zone, "timeZone must be nil or non-empty string")]
    unknown = invalid(field, zone, f"unknown time zone {zone}")
    for part in zone.split("/"):
        if part in (".", "..") or part.startswith("-") or not _is_zone_part(part):
            return [unknown]
    if zone.lower() == "local":
        words = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        errors = [invalid(field, zone, words)]
        return errors if zone == "Local" else [*errors, unknown]
    return [] if zone == "UTC" or _is_known(zone) else [unknown]


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, KeyError):
        return False
    return True


def _create(cron_job: Obj) -> list[FieldError]:
    errors = object_meta(cron_job) + _spec(cron_job.get("spec") or {}, None)
    name = (cron_job.get("metadata") or {}).get("name", "")
    if len(name) > _NAME_LIMIT:
        errors.append(invalid("metadata.name", name, at_most(_NAME_LIMIT)))
    return errors


def _update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + _spec(new.get("spec") or {}, old.get("spec") or {})


CRON_JOB = Validator(_create, _update)
