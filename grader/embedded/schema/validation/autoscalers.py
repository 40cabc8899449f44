"""Rules of HorizontalPodAutoscalers ("HorizontalPodAutoscaler v2 autoscaling" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.quantity import canonical_quantity, parse_quantity
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update
from grader.embedded.schema.validation.values import NOT_NEGATIVE
from grader.embedded.schema.validation.workload_status import check_counts

_SOURCES = {
    "Object": "object",
    "External": "external",
    "Pods": "pods",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}
_KINDS = sorted(_SOURCES)
_TARGETS = ("Utilization", "Value", "AverageValue")
_SELECT_POLICIES = ["Disabled", "Max", "Min"]
_POLICY_KINDS = ["Percent", "Pods"]
_LONGEST_WINDOW, _LONGEST_PERIOD = 3600, 1800


def _spec(scaler: Obj) -> list[FieldError]:
    spec = scaler.get("spec") or {}
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    errors: list[FieldError] = []
    if least is not None and least < 1:
        errors.append(invalid("spec.minReplicas", least, "must be greater than or equal to 1"))
    if most == 0:
        errors.append(required("spec.maxReplicas", "must be set and greater than 0"))
    elif most < 1:
        errors.append(invalid("spec.maxReplicas", most, "must be greater than or equal to 1"))
    if least is not None and most < least:
        errors.append(invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    target = spec.get("scaleTargetRef") or {}
    errors += _reference(target, "spec.scaleTargetRef", group_needed=True)
    for index, metric in enumerate(spec.get("metrics") or ()):
        errors += _metric(metric, f"spec.metrics[{index}]")
    for direction in ("scaleUp", "scaleDown"):
        rules = (spec.get("behavior") or {}).get(direction)
        if rules is not None:
            errors += _scaling_rules(rules, f"spec.behavior.{direction}")
    return errors


def _reference(reference: Obj, field: str, *, group_needed: bool) -> list[FieldError]:
    """Errors of a reference to an object; what is scaled has an API group, but for a ReplicationController."""
    errors: list[FieldError] = []
    for part in ("kind", "name"):
        value = reference.get(part, "")
        if not value:
            errors.append(required(f"{field}.{part}"))
        else:
            errors += [invalid(f"{field}.{part}", value, text) for text in names.path_segment(value)]
    version, where = reference.get("apiVersion", ""), f"{field}.apiVersion"
    if version.count("/") > 1:
        errors.append(invalid(where, version, f"unexpected GroupVersion string: {version}"))
    elif group_needed and not version.partition("/")[1] and reference.get("kind") != "ReplicationController":
        errors.append(invalid(where, version, "apiVersion must specify API group"))
    return errors


def _metric(metric: Obj, field: str) -> list[FieldError]:
    kind = metric.get("type", "")
    errors: list[FieldError] = []
    if not kind:
        errors.append(required(f"{field}.type", "must specify a metric source type"))
    if kind not in _SOURCES:
        errors.append(not_supported(f"{field}.type", kind, _KINDS))
    present = [source for source in _RULES if metric.get(source) is not None]
    if present:
        errors += _RULES[present[0]](metric[present[0]], f"{field}.{present[0]}")
    expected = _SOURCES.get(kind)
    if expected is None:
        errors.append(not_supported(f"{field}.type", kind, _KINDS))
    elif expected not in present:
        text = "must populate information for the given metric source"
        errors.append(required(f"{field}.{expected}", text))
    if len(present) != 1:
        errors += [
            forbidden(f"{field}.{source}", "must populate the given metric source only")
            for source in present
            if source != expected
        ]
    return errors


def _identifier(source: Obj, field: str) -> list[FieldError]:
    name = (source.get("metric") or {}).get("name", "")
    if not name:
        return [required(f"{field}.metric.name", "must specify a metric name")]
    return [invalid(f"{field}.metric.name", name, text) for text in names.path_segment(name)]


def _target(source: Obj, field: str) -> list[FieldError]:
    target, where = source.get("target") or {}, f"{field}.target"
    kind, utilization = target.get("type", ""), target.get("averageUtilization")
    errors: list[FieldError] = []
    if not kind:
        errors.append(required(f"{where}.type", "must specify a metric target type"))
    if kind not in _TARGETS:
        text = "must be either Utilization, Value, or AverageValue"
        errors.append(invalid(f"{where}.type", kind, text))
    for name in ("value", "averageValue"):
        amount = target.get(name)
        if amount is not None and parse_quantity(amount) <= 0:
            errors.append(invalid(f"{where}.{name}", canonical_quantity(amount), "must be positive"))
    if utilization is not None and utilization < 1:
        errors.append(invalid(f"{where}.averageUtilization", utilization, "must be greater than 0"))
    return errors


def _has(source: Obj, name: str) -> bool:
    return (source.get("target") or {}).get(name) is not None


def _object(source: Obj, field: str) -> list[FieldError]:
    described = source.get("describedObject") or {}
    errors = _reference(described, f"{field}.describedObject", group_needed=False)
    errors += _identifier(source, field) + _target(source, field)
    if not _has(source, "value") and not _has(source, "averageValue"):
        text = "must set either a target value or averageValue"
        errors.append(required(f"{field}.target.averageValue", text))
    return errors


def _external(source: Obj, field: str) -> list[FieldError]:
    errors = _identifier(source, field) + _target(source, field)
    if not _has(source, "value") and not _has(source, "averageValue"):
        text = "must set either a target value for metric or a per-pod target"
        errors.append(required(f"{field}.target.averageValue", text))
    if _has(source, "value") and _has(source, "averageValue"):
        text = "may not set both a target value for metric and a per-pod target"
        errors.append(forbidden(f"{field}.target.value", text))
    return errors


def _pods(source: Obj, field: str) -> list[FieldError]:
    errors = _identifier(source, field) + _target(source, field)
    if not _has(source, "averageValue"):
        text = "must specify a positive target averageValue"
        errors.append(required(f"{field}.target.averageValue", text))
    return errors


def _resource(source: Obj, field: str) -> list[FieldError]:
    errors = [] if source.get("name") else [required(f"{field}.name", "must specify a resource name")]
    return errors + _use(source, field)


def _container_resource(source: Obj, field: str) -> list[FieldError]:
    errors = [] if source.get("name") else [required(f"{field}.name", "must specify a resource name")]
    if not source.get("container"):
        errors.append(required(f"{field}.container", "must specify a container"))
    return errors + _use(source, field)


def _use(source: Obj, field: str) -> list[FieldError]:
    errors = _target(source, field)
    if not _has(source, "averageUtilization") and not _has(source, "averageValue"):
        text = "must set either a target raw value or a target utilization"
        errors.append(required(f"{field}.target.averageUtilization", text))
    if _has(source, "averageUtilization") and _has(source, "averageValue"):
        text = "may not set both a target raw value and a target utilization"
        errors.append(forbidden(f"{field}.target.averageValue", text))
    return errors


_RULES: dict[str, Callable[[Obj, str], list[FieldError]]] = {
    "object": _object,
    "external": _external,
    "pods": _pods,
    "resource": _resource,
    "containerResource": _container_resource,
}


def _scaling_rules(rules: Obj, field: str) -> list[FieldError]:
    window, select = rules.get("stabilizationWindowSeconds"), rules.get("selectPolicy")
    errors: list[FieldError] = []
    where = f"{field}.stabilizationWindowSeconds"
    if window is not None and window < 0:
        errors.append(invalid(where, window, "must be greater than or equal to zero"))
    if window is not None and window > _LONGEST_WINDOW:
        errors.append(invalid(where, window, f"must be less than or equal to {_LONGEST_WINDOW}"))
    if select is not None and select not in _SELECT_POLICIES:
        errors.append(not_supported(f"{field}.selectPolicy", select, _SELECT_POLICIES))
    if not rules.get("policies"):
        errors.append(required(f"{field}.policies", "must specify at least one Policy"))
    for index, policy in enumerate(rules.get("policies") or ()):
        errors += _scaling_policy(policy, f"{field}.policies[{index}]")
    tolerance = rules.get("tolerance")
    if tolerance is not None and parse_quantity(tolerance) < 0:
        errors.append(invalid(f"{field}.tolerance", canonical_quantity(tolerance), NOT_NEGATIVE))
    return errors


def _scaling_policy(policy: Obj, field: str) -> list[FieldError]:
    kind, period = policy.get("type", ""), policy.get("periodSeconds", 0)
    errors = [] if kind in _POLICY_KINDS else [not_supported(f"{field}.type", kind, _POLICY_KINDS)]
    for name in ("value", "periodSeconds"):
        if policy.get(name, 0) <= 0:
            errors.append(invalid(f"{field}.{name}", policy.get(name, 0), "must be greater than zero"))
    if period > _LONGEST_PERIOD:
        text = f"must be less than or equal to {_LONGEST_PERIOD}"
        errors.append(invalid(f"{field}.periodSeconds", period, text))
    return errors


def _create(scaler: Obj) -> list[FieldError]:
    return object_meta(scaler) + _spec(scaler)


def _update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + _spec(new)


def _status(new: Obj, old: Obj) -> list[FieldError]:
    counts = check_counts(new.get("status") or {}, ("currentReplicas", "desiredReplicas"))
    return object_meta_update(new, old) + counts


VALIDATORS: dict[str, Validator] = {"horizontalpodautoscalers.autoscaling": Validator(_create, _update, _status)}
