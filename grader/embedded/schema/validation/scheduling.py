"""Rules of PriorityClasses and RuntimeClasses."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names, values
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import check_labels, immutable, object_meta, object_meta_update

USER_PRIORITY_LIMIT = 1_000_000_000
"""The highest priority that is not kept for the system's own classes."""

SYSTEM_PRIORITIES = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
_POLICIES = ["PreemptLowerPriority", "Never"]


def validate_priority_class(priority_class: Obj) -> list[FieldError]:
    errors = object_meta(priority_class, namespaced=False)
    name = (priority_class.get("metadata") or {}).get("name", "")
    if name.startswith("system-"):
        trouble = _system_class_error(name, priority_class)
        if trouble:
            text = f"priority class names with 'system-' prefix are reserved for system use only. error: {trouble}"
            errors.append(forbidden("metadata.name", text))
    elif priority_class.get("value", 0) > USER_PRIORITY_LIMIT:
        text = f"maximum allowed value of a user defined priority is {USER_PRIORITY_LIMIT}"
        errors.append(forbidden("value", text))
    return errors + _preemption(priority_class.get("preemptionPolicy"))


def _system_class_error(name: str, priority_class: Obj) -> str:
    value = SYSTEM_PRIORITIES.get(name)
    if value is None:
        return f"{name} is not a known system priority class"
    if priority_class.get("value", 0) != value:
        return f"value of {name} PriorityClass must be {value}"
    return f"globalDefault of {name} PriorityClass must be false" if priority_class.get("globalDefault") else ""


def _preemption(policy: str | None) -> list[FieldError]:
    if policy is None or policy in _POLICIES:
        return []
    return [not_supported("preemptionPolicy", policy, _POLICIES)] if policy else [required("preemptionPolicy")]


def validate_priority_class_update(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old)
    if new.get("value", 0) != old.get("value", 0):
        errors.append(forbidden("value", "may not be changed in an update."))
    return errors + immutable("preemptionPolicy", new.get("preemptionPolicy"), old.get("preemptionPolicy"))


def validate_runtime_class(runtime_class: Obj) -> list[FieldError]:
    errors = object_meta(runtime_class, namespaced=False)
    handler = runtime_class.get("handler", "")
    errors += [invalid("handler", handler, text) for text in names.dns_label(handler)]
    for name, amount in ((runtime_class.get("overhead") or {}).get("podFixed") or {}).items():
        errors += values.quantity_not_negative(amount, f"overhead.podFixed[{name}]")
    scheduling = runtime_class.get("scheduling") or {}
    return errors + check_labels(scheduling.get("nodeSelector"), "scheduling.nodeSelector")


def validate_runtime_class_update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + immutable("handler", new.get("handler", ""), old.get("handler", ""))


VALIDATORS: dict[str, Validator] = {
    "priorityclasses.scheduling.k8s.io": Validator(validate_priority_class, validate_priority_class_update),
    "runtimeclasses.node.k8s.io": Validator(validate_runtime_class, validate_runtime_class_update),
}
