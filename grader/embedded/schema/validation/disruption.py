"""Rules of PodDisruptionBudgets ("PodDisruptionBudget v1 policy" of the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, invalid, not_supported
from grader.embedded.schema.internal_forms import internal_form
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update
from grader.embedded.schema.validation.values import int_or_percent, label_selector, not_above_all
from grader.embedded.schema.validation.workload_status import check_counts

_POLICIES = ["AlwaysAllow", "IfHealthyBudget"]
_COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


def _spec(budget: Obj) -> list[FieldError]:
    spec = budget.get("spec") or {}
    errors: list[FieldError] = []
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        shown = internal_form("PodDisruptionBudgetSpec", spec)
        errors.append(invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set"))
    for name in ("minAvailable", "maxUnavailable"):
        value = spec.get(name)
        if value is not None:
            errors += int_or_percent(value, f"spec.{name}") + not_above_all(value, f"spec.{name}")
    errors += label_selector(spec.get("selector"), "spec.selector")
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in _POLICIES:
        errors.append(not_supported("spec.unhealthyPodEvictionPolicy", policy, _POLICIES))
    return errors


def _create(budget: Obj) -> list[FieldError]:
    """The metadata is looked at only when the spec is good; any name that fits a URL will do."""
    return _spec(budget) or object_meta(budget, names.path_segment, native=False)


def _update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old, native=False) + _spec(new)


def _status(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old, native=False) + check_counts(new.get("status") or {}, _COUNTS)


VALIDATORS: dict[str, Validator] = {"poddisruptionbudgets.policy": Validator(_create, _update, _status)}
