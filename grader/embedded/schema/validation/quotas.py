"""Rules of ResourceQuotas and LimitRanges (k8s.io/docs/concepts/policy)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from grader.embedded.objects import Obj
from grader.embedded.quantity import QuantityError, canonical_quantity, parse_quantity, whole
from grader.embedded.schema.field_errors import FieldError, duplicate, forbidden, invalid, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update
from grader.embedded.schema.validation.resource_names import (
    container_resource,
    is_quota_resource,
    is_whole,
    may_overcommit,
    quota_resource,
    resource_name,
)

_SCOPES = {
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
}
_COMPUTE = {"pods", *(f"{kind}{name}" for kind in ("", "requests.", "limits.") for name in ("cpu", "memory"))}
_CLAIMS = {"persistentvolumeclaims", "requests.storage"}
_RESOURCES_BY_SCOPE = {
    **dict.fromkeys(_SCOPES, _COMPUTE),
    "BestEffort": {"pods"},
    "VolumeAttributesClass": _CLAIMS,
}
_OPPOSITES = ({"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"})
_EXISTS_ONLY = {"BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"}
_EXISTS_WORDS = (
    "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)
_LIMIT_TYPES = {"Pod", "Container", "PersistentVolumeClaim"}


def validate_quota(quota: Obj) -> list[FieldError]:
    return object_meta(quota) + _quota_spec(quota.get("spec") or {}) + _quota_status(quota.get("status") or {})


def validate_quota_update(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old) + _quota_spec(new.get("spec") or {})
    now, was = ((obj.get("spec") or {}).get("scopes") or [] for obj in (new, old))
    if set(now) != set(was):
        errors.append(invalid("spec.scopes", now or None, "field is immutable"))
    return errors


def validate_quota_status(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + _quota_status(new.get("status") or {})


def _quota_spec(spec: Obj) -> list[FieldError]:
    errors = _amounts(spec.get("hard"), "spec.hard")
    errors += _scopes(spec.get("scopes") or [], spec.get("hard") or {})
    selector = spec.get("scopeSelector")
    return errors if selector is None else errors + _scope_selector(selector, spec.get("hard") or {})


def _quota_status(status: Obj) -> list[FieldError]:
    return _amounts(status.get("hard"), "status.hard") + _amounts(status.get("used"), "status.used")


def _amounts(amounts: Obj | None, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for name, amount in sorted((amounts or {}).items()):
        place = f"{field}[{name}]"
        errors += quota_resource(name, place)
        found = _exact(amount)
        if found < 0:
            errors.append(invalid(place, str(amount), "must be greater than or equal to 0"))
        if is_whole(name) and found.denominator != 1:
            errors.append(invalid(place, str(amount), "must be an integer"))
    return errors


def _exact(amount: Any) -> Fraction:
    """A quantity's value; those that are none were refused when the object was decoded."""
    try:
        return parse_quantity(amount)
    except QuantityError:
        return Fraction(0)


def _misfits(scope: str, hard: Obj) -> bool:
    """Whether a quota counts a standard resource that a scope says nothing about."""
    allowed = _RESOURCES_BY_SCOPE.get(scope)
    return allowed is not None and any(is_quota_resource(name) and name not in allowed for name in hard)


def _scopes(scopes: list[str], hard: Obj) -> list[FieldError]:
    errors: list[FieldError] = []
    for scope in scopes:
        if scope not in _SCOPES:
            errors.append(invalid("spec.scopes", scopes, "unsupported scope"))
        if _misfits(scope, hard):
            errors.append(invalid("spec.scopes", scopes, "unsupported scope applied to resource"))
    conflicts = [pair for pair in _OPPOSITES if pair <= set(scopes)]
    return errors + [invalid("spec.scopes", scopes, "conflicting scopes") for _ in conflicts]


def _scope_selector(selector: Obj, hard: Obj) -> list[FieldError]:
    field = "spec.scopeSelector.matchExpressions"
    errors: list[FieldError] = []
    requirements = selector.get("matchExpressions") or []
    shown = {"MatchExpressions": [_shown(requirement) for requirement in requirements] or None}
    for requirement in requirements:
        scope, operator = requirement.get("scopeName", ""), requirement.get("operator", "")
        if scope not in _SCOPES:
            errors.append(invalid(f"{field}.scopeName", scope, "unsupported scope"))
        if _misfits(scope, hard):
            errors.append(invalid(field, shown, "unsupported scope applied to resource"))
        if scope in _EXISTS_ONLY and operator != "Exists":
            errors.append(invalid(f"{field}.operator", operator, _EXISTS_WORDS))
        errors += _scope_values(operator, requirement.get("values") or [], field)
    found = {requirement.get("scopeName") for requirement in requirements}
    return errors + [invalid(field, shown, "conflicting scopes") for pair in _OPPOSITES if pair <= found]


def _shown(requirement: Obj) -> Obj:
    parts = {"ScopeName": "scopeName", "Operator": "operator"}
    return {**{part: requirement.get(key, "") for part, key in parts.items()}, "Values": requirement.get("values")}


def _scope_values(operator: str, found: list[str], field: str) -> list[FieldError]:
    if operator in ("In", "NotIn"):
        text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
        return [] if found else [required(f"{field}.values", text)]
    if operator in ("Exists", "DoesNotExist"):
        text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
        return [invalid(f"{field}.values", found, text)] if found else []
    return [invalid(f"{field}.operator", operator, "not a valid selector operator")]


def validate_limit_range(limit_range: Obj) -> list[FieldError]:
    errors = object_meta(limit_range)
    seen: set[str] = set()
    for index, item in enumerate((limit_range.get("spec") or {}).get("limits") or ()):
        field, kind = f"spec.limits[{index}]", item.get("type", "")
        errors += _limit_type(kind, f"{field}.type")
        if kind in seen:
            errors.append(duplicate(f"{field}.type", kind))
        seen.add(kind)
        errors += _limit_names(item, kind, field)
        for name in sorted({name for part in _PARTS for name in item.get(part) or ()}):
            errors += _limit_values(item, name, field)
    return errors


_PARTS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")


def _limit_type(kind: str, field: str) -> list[FieldError]:
    errors = [invalid(field, kind, text) for text in names.qualified_name(kind)]
    if not errors and "/" not in kind and kind not in _LIMIT_TYPES:
        errors.append(invalid(field, kind, "must be a standard limit type or fully qualified"))
    return errors


def _limit_names(item: Obj, kind: str, field: str) -> list[FieldError]:
    rule: Callable[[str, str], list[FieldError]] = container_resource if kind in ("Pod", "Container") else resource_name
    errors: list[FieldError] = []
    for part in _PARTS:
        found = item.get(part) or {}
        if kind == "Pod" and part in ("default", "defaultRequest"):
            if found:
                errors.append(forbidden(f"{field}.{part}", "may not be specified when `type` is 'Pod'"))
            continue
        if part == "maxLimitRequestRatio" and kind == "PersistentVolumeClaim" and not _has_storage(item):
            text = "either minimum or maximum storage value is required, but neither was provided"
            errors.append(required(f"{field}.limits", text))
        for name in sorted(found):
            errors += rule(name, f"{field}.{part}[{name}]")
    return errors


def _has_storage(item: Obj) -> bool:
    return any("storage" in (item.get(part) or {}) for part in ("min", "max"))


_ORDERED = (
    ("min", "max", "min", "min", "min value {} is greater than max value {}"),
    (
        "min",
        "defaultRequest",
        "defaultRequest",
        "defaultRequest",
        "min value {} is greater than default request value {}",
    ),
    (
        "defaultRequest",
        "max",
        "defaultRequest",
        "defaultRequest",
        "default request value {} is greater than max value {}",
    ),
    (
        "defaultRequest",
        "default",
        "defaultRequest",
        "defaultRequest",
        "default request value {} is greater than default limit value {}",
    ),
    ("min", "default", "default", "min", "min value {} is greater than default value {}"),
    ("default", "max", "default", "max", "default value {} is greater than max value {}"),
)
"""Pairs that must not be in the wrong order: lower, upper, the field blamed, the value shown, the words."""


def _limit_values(item: Obj, name: str, field: str) -> list[FieldError]:
    given = {part: item[part][name] for part in _PARTS if name in (item.get(part) or {})}
    if item.get("type") == "Pod":
        given = {part: value for part, value in given.items() if part not in ("default", "defaultRequest")}
    exact = {part: _exact(value) for part, value in given.items()}
    text = {part: _canonical(value) for part, value in given.items()}
    errors = [
        invalid(f"{field}.{blamed}[{name}]", text[shown], words.format(text[low], text[high]))
        for low, high, blamed, shown, words in _ORDERED
        if low in exact and high in exact and exact[low] > exact[high]
    ]
    errors += _ratio(given, exact, text, f"{field}.maxLimitRequestRatio[{name}]")
    if {"default", "defaultRequest"} <= exact.keys() and not may_overcommit(name):
        request, limit = text["defaultRequest"], text["default"]
        if exact["default"] != exact["defaultRequest"]:
            words = f"default value {limit} must equal to defaultRequest value {request} in {name}"
            errors.append(invalid(f"{field}.defaultRequest[{name}]", request, words))
    return errors


def _canonical(value: Any) -> str:
    try:
        return canonical_quantity(value)
    except QuantityError:
        return str(value)


def _ratio(given: Obj, exact: dict[str, Fraction], text: dict[str, str], field: str) -> list[FieldError]:
    ratio = exact.get("maxLimitRequestRatio")
    if ratio is None:
        return []
    shown = text["maxLimitRequestRatio"]
    errors = [] if ratio >= 1 else [invalid(field, shown, f"ratio {shown} is less than 1")]
    if "min" in exact and "max" in exact and whole(given["min"]) > 0:
        most = whole(given["max"]) / whole(given["min"])
        if ratio > most:
            errors.append(invalid(field, shown, f"ratio {shown} is greater than max/min = {most:f}"))
    return errors


def _update_limit_range(new: Obj, old: Obj) -> list[FieldError]:
    return validate_limit_range(new)


VALIDATORS: dict[str, Validator] = {
    "resourcequotas": Validator(validate_quota, validate_quota_update, validate_quota_status),
    "limitranges": Validator(validate_limit_range, _update_limit_range),
}
