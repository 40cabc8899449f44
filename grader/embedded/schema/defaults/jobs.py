"""Defaults of Jobs and CronJobs (pages of the same names in the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.schema.defaults.pod_specs import default_template

_NO_BACKOFF_LIMIT = 2**31 - 1
_UID_LABEL, _NAME_LABEL = "controller-uid", "job-name"
_PREFIX = "batch.kubernetes.io/"


def default_job(job: Obj) -> None:
    """Complete a job in place; its labels, if it has none, are those of its template."""
    spec = job.setdefault("spec", {})
    default_template(spec)
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = spec["parallelism"] = 1
    elif spec.get("parallelism") is None:
        spec["parallelism"] = 1
    if spec.get("backoffLimit") is None:
        spec["backoffLimit"] = _NO_BACKOFF_LIMIT if spec.get("backoffLimitPerIndex") is not None else 6
    labels = spec["template"]["metadata"].get("labels")
    meta = job.setdefault("metadata", {})
    if labels and not meta.get("labels"):
        meta["labels"] = dict(labels)
    if spec.get("completionMode") is None:
        spec["completionMode"] = "NonIndexed"
    if spec.get("suspend") is None:
        spec["suspend"] = False
    if spec.get("manualSelector") is None:
        spec["manualSelector"] = False
    if spec.get("podReplacementPolicy") is None:
        failures = spec.get("podFailurePolicy") is not None
        spec["podReplacementPolicy"] = "Failed" if failures else "TerminatingOrFailed"
    _default_failure_policy(spec)


def _default_failure_policy(spec: Obj) -> None:
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for pattern in rule.get("onPodConditions") or ():
            if not pattern.get("status"):
                pattern["status"] = "True"


def generate_selector(job: Obj) -> None:
    """Give a new job the selector of its own pods, and its template the labels (unless `manualSelector` is true).

    For the moment between defaults and validation, when name and UID are known. Once a job is validated,
    `default_job` gives it the labels of its template, as the server does when it reads it back.
    """
    spec, meta = job["spec"], job["metadata"]
    if spec.get("manualSelector"):
        return
    labels = spec["template"]["metadata"].get("labels") or {}
    spec["template"]["metadata"]["labels"] = labels
    own = {_UID_LABEL: meta.get("uid", ""), _NAME_LABEL: meta.get("name", "")}
    for key, value in own.items():
        for label in (key, _PREFIX + key):
            labels.setdefault(label, value)
    selector = spec.get("selector")
    selector = spec["selector"] = {} if selector is None else selector
    matched = selector.setdefault("matchLabels", {})
    matched.setdefault(_PREFIX + _UID_LABEL, own[_UID_LABEL])


def default_cron_job(cron_job: Obj) -> None:
    spec = cron_job.setdefault("spec", {})
    template = spec.setdefault("jobTemplate", {})
    template.setdefault("metadata", {})
    default_template(template.setdefault("spec", {}))
    _default_failure_policy(template["spec"])
    if not spec.get("concurrencyPolicy"):
        spec["concurrencyPolicy"] = "Allow"
    for field, value in (("suspend", False), ("successfulJobsHistoryLimit", 3), ("failedJobsHistoryLimit", 1)):
        if spec.get(field) is None:
            spec[field] = value


DEFAULTS: dict[str, Callable[[Obj], None]] = {"jobs.batch": default_job, "cronjobs.batch": default_cron_job}
