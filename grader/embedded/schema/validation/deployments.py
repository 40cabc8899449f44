"""Rules of Deployments ("Deployment v1 apps" of the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.internal_forms import internal_form
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update
from grader.embedded.schema.validation.templates import labels_match, replicated_template
from grader.embedded.schema.validation.values import (
    count_of,
    immutable_selector,
    int_or_percent,
    is_empty_selector,
    label_selector,
    not_above_all,
    not_negative,
    shown_selector,
)
from grader.embedded.schema.validation.workload_status import (
    check_collisions,
    check_counts,
    check_relations,
    metadata_and,
)

_COUNTS = (
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "collisionCount",
)


def required_selector(spec: Obj, field: str, kind: str) -> list[FieldError]:
    """Errors of a selector that must be there and select something; `kind` is named in a message."""
    selector = spec.get("selector")
    if selector is None:
        return [required(f"{field}.selector")]
    errors = label_selector(selector, f"{field}.selector")
    if is_empty_selector(selector):
        errors.append(invalid(f"{field}.selector", {}, f"empty selector is invalid for {kind}"))
    return errors


def selected_template(spec: Obj, words: str, kind: str) -> list[FieldError]:
    """Errors of a template with regard to its selector; `words` are said of a selector that is none."""
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is not None and label_selector(selector, ""):
        return [invalid("spec.selector", shown_selector(selector), words)]
    errors = labels_match(selector, template, "spec.template")
    return errors + replicated_template(template, spec.get("replicas", 0), "spec.template", kind)


def _spec(deployment: Obj) -> list[FieldError]:
    spec = deployment.get("spec") or {}
    errors = not_negative(spec.get("replicas"), "spec.replicas")
    errors += required_selector(spec, "spec", "deployment")
    errors += selected_template(spec, "invalid label selector", "ReplicaSet")
    errors += _strategy(spec.get("strategy") or {}, "spec.strategy")
    errors += not_negative(spec.get("minReadySeconds"), "spec.minReadySeconds")
    errors += not_negative(spec.get("revisionHistoryLimit"), "spec.revisionHistoryLimit")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None:
        errors += not_negative(deadline, "spec.progressDeadlineSeconds")
        if deadline <= spec.get("minReadySeconds", 0):
            errors.append(invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return errors


def _strategy(strategy: Obj, field: str) -> list[FieldError]:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if kind == "Recreate":
        text = "may not be specified when strategy `type` is 'Recreate'"
        return [] if rolling is None else [forbidden(f"{field}.rollingUpdate", text)]
    if kind != "RollingUpdate":
        return [not_supported(field, internal_form("DeploymentStrategy", strategy), ["Recreate", "RollingUpdate"])]
    if rolling is None:
        return [required(f"{field}.rollingUpdate", "this should be defaulted and never be nil")]
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    where = f"{field}.rollingUpdate.maxUnavailable"
    errors = int_or_percent(unavailable, where) + int_or_percent(surge, f"{field}.rollingUpdate.maxSurge")
    if count_of(unavailable) == 0 and count_of(surge) == 0:
        errors.append(invalid(where, unavailable, "may not be 0 when `maxSurge` is 0"))
    return errors + not_above_all(unavailable, where)


def _create(deployment: Obj) -> list[FieldError]:
    return object_meta(deployment) + _spec(deployment)


def _update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + _spec(new) + immutable_selector(new, old)


def _status(new: Obj, old: Obj) -> list[FieldError]:
    status = new.get("status") or {}
    return metadata_and(
        new,
        old,
        check_counts(status, _COUNTS),
        check_relations(status, ("updatedReplicas", "readyReplicas", "availableReplicas")),
        check_collisions(new, old),
    )


VALIDATORS: dict[str, Validator] = {"deployments.apps": Validator(_create, _update, _status)}
