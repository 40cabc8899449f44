"""Rules of DaemonSets ("DaemonSet v1 apps" of the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, invalid, not_supported, required
from grader.embedded.schema.internal_forms import internal_form
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update
from grader.embedded.schema.validation.templates import check_template, mismatch, runs_for_ever
from grader.embedded.schema.validation.values import (
    count_of,
    immutable_selector,
    int_or_percent,
    is_empty_selector,
    label_selector,
    not_above_all,
    not_negative,
    selects,
)
from grader.embedded.schema.validation.workload_status import check_collisions, check_counts, metadata_and

_COUNTS = (
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "observedGeneration",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
    "collisionCount",
)


def _spec(daemon_set: Obj) -> list[FieldError]:
    spec = daemon_set.get("spec") or {}
    selector, template = spec.get("selector"), spec.get("template") or {}
    errors = label_selector(selector, "spec.selector")
    labels = (template.get("metadata") or {}).get("labels")
    if not errors and not selects(selector, labels or {}):
        errors.append(mismatch(labels, "spec.template"))
    if selector is not None and is_empty_selector(selector):
        errors.append(invalid("spec.selector", {}, "empty selector is invalid for daemonset"))
    errors += check_template(template, "spec.template")
    errors += runs_for_ever(template.get("spec") or {}, "spec.template.spec", "DaemonSet")
    errors += not_negative(spec.get("minReadySeconds"), "spec.minReadySeconds")
    errors += _strategy(spec.get("updateStrategy") or {}, "spec.updateStrategy")
    return errors + not_negative(spec.get("revisionHistoryLimit"), "spec.revisionHistoryLimit")


def _strategy(strategy: Obj, field: str) -> list[FieldError]:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if kind == "OnDelete":
        return []
    if kind != "RollingUpdate":
        shown = internal_form("DaemonSetUpdateStrategy", strategy)
        return [not_supported(field, shown, ["RollingUpdate", "OnDelete"])]
    if rolling is None:
        return [required(f"{field}.rollingUpdate")]
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    fewer, more = f"{field}.rollingUpdate.maxUnavailable", f"{field}.rollingUpdate.maxSurge"
    errors = int_or_percent(unavailable, fewer) + int_or_percent(surge, more)
    errors += not_above_all(unavailable, fewer) + not_above_all(surge, more)
    if count_of(unavailable) and count_of(surge):
        errors.append(invalid(more, surge, "may not be set when maxUnavailable is non-zero"))
    elif not count_of(unavailable) and not count_of(surge):
        errors.append(required(fewer, "cannot be 0 when maxSurge is 0"))
    return errors


def _create(daemon_set: Obj) -> list[FieldError]:
    return object_meta(daemon_set) + _spec(daemon_set)


def _update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + _spec(new) + immutable_selector(new, old)


def _status(new: Obj, old: Obj) -> list[FieldError]:
    counts = check_counts(new.get("status") or {}, _COUNTS)
    return metadata_and(new, old, counts, check_collisions(new, old))


VALIDATORS: dict[str, Validator] = {"daemonsets.apps": Validator(_create, _update, _status)}
