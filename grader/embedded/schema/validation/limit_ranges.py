"""Rules of LimitRanges (k8s.io/docs/concepts/policy/limit-range)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from grader.embedded.objects import Obj
from grader.embedded.quantity import QuantityError, canonical_quantity, whole
from grader.embedded.schema.field_errors import FieldError, duplicate, forbidden, invalid, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.amounts import exact
from grader.embedded.schema.validation.metadata import object_meta
from grader.embedded.schema.validation.resource_names import container_resource, may_overcommit, resource_name

_LIMIT_TYPES = {"Pod", "Container", "PersistentVolumeClaim"}


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
    amounts = {part: exact(value) for part, value in given.items()}
    text = {part: _canonical(value) for part, value in given.items()}
    errors = [
        invalid(f"{field}.{blamed}[{name}]", text[shown], words.format(text[low], text[high]))
        for low, high, blamed, shown, words in _ORDERED
        if low in amounts and high in amounts and amounts[low] > amounts[high]
    ]
    errors += _ratio(given, amounts, text, f"{field}.maxLimitRequestRatio[{name}]")
    if {"default", "defaultRequest"} <= amounts.keys() and not may_overcommit(name):
        request, limit = text["defaultRequest"], text["default"]
        if amounts["default"] != amounts["defaultRequest"]:
            words = f"default value {limit} must equal to defaultRequest value {request} in {name}"
            errors.append(invalid(f"{field}.defaultRequest[{name}]", request, words))
    return errors


def _canonical(value: Any) -> str:
    try:
        return canonical_quantity(value)
    except QuantityError:
        return str(value)


def _ratio(given: Obj, amounts: dict[str, Fraction], text: dict[str, str], field: str) -> list[FieldError]:
    ratio = amounts.get("maxLimitRequestRatio")
    if ratio is None:
        return []
    shown = text["maxLimitRequestRatio"]
    errors = [] if ratio >= 1 else [invalid(field, shown, f"ratio {shown} is less than 1")]
    if "min" in amounts and "max" in amounts and whole(given["min"]) > 0:
        most = whole(given["max"]) / whole(given["min"])
        if ratio > most:
            errors.append(invalid(field, shown, f"ratio {shown} is greater than max/min = {most:f}"))
    return errors


def validate_limit_range_update(new: Obj, old: Obj) -> list[FieldError]:
    return validate_limit_range(new)
