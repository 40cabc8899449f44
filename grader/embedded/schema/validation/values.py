"""Rules of values that many kinds share: numbers, ports, percentages, quantities, label selectors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from grader.embedded.objects import Obj
from grader.embedded.quantity import QuantityError, parse_quantity
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.metadata import check_labels, label_name

NOT_NEGATIVE = "must be greater than or equal to 0"
MAX_INT32 = 2**31 - 1


def not_negative(value: int | None, field: str) -> list[FieldError]:
    """An error for a number below zero; nothing for one that is absent."""
    return [invalid(field, value, NOT_NEGATIVE)] if value is not None and value < 0 else []


def positive(value: int | None, field: str) -> list[FieldError]:
    """An error for a number below one; nothing for one that is absent."""
    return [invalid(field, value, "must be greater than 0")] if value is not None and value <= 0 else []


def port_number(value: int, field: str) -> list[FieldError]:
    return [invalid(field, value, text) for text in names.port_number(value)]


def port_number_or_name(value: int | str, field: str) -> list[FieldError]:
    """A port by number or by the name of a container's port (probes, services' targets)."""
    rule = names.port_number(value) if isinstance(value, int) else names.port_name(value)
    return [invalid(field, value, text) for text in rule]


def int_or_percent(value: int | str, field: str) -> list[FieldError]:
    """A count that is not negative, or a text such as `25%`."""
    if isinstance(value, str):
        return [invalid(field, value, text) for text in names.percent(value)]
    return not_negative(value, field)


def percent_of(value: Any) -> int | None:
    """The number of a percentage's text, None for what is none."""
    if isinstance(value, str) and not names.percent(value):
        return int(value[:-1][:9])
    return None


def count_of(value: int | str) -> int:
    """The number of a count or percentage; zero for a text that is neither."""
    if isinstance(value, int):
        return value
    share = percent_of(value)
    if share is not None:
        return share
    return int(value) if re.fullmatch("[+-]?[0-9]{1,9}", value) else 0


def not_above_all(value: int | str, field: str) -> list[FieldError]:
    """An error for a percentage above 100."""
    share = percent_of(value)
    return [invalid(field, value, "must not be greater than 100%")] if share is not None and share > 100 else []


def quantity_not_negative(value: str | int | float, field: str) -> list[FieldError]:
    """An error for a resource quantity below zero, or for none at all."""
    try:
        amount = parse_quantity(value)
    except QuantityError as trouble:
        return [invalid(field, value, str(trouble))]
    return [invalid(field, str(value), NOT_NEGATIVE)] if amount < 0 else []


def label_selector(selector: Obj | None, field: str) -> list[FieldError]:
    """Errors of a `LabelSelector` (matchLabels, matchExpressions); an absent one is fine here."""
    if selector is None:
        return []
    errors = check_labels(selector.get("matchLabels"), f"{field}.matchLabels")
    for index, requirement in enumerate(selector.get("matchExpressions") or ()):
        errors += _requirement(requirement, f"{field}.matchExpressions[{index}]")
    return errors


def _requirement(requirement: Obj, field: str) -> list[FieldError]:
    operator, values = requirement.get("operator", ""), requirement.get("values") or ()
    errors: list[FieldError] = []
    if operator in ("In", "NotIn"):
        if not values:
            errors.append(required(f"{field}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            errors.append(
                forbidden(f"{field}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
            )
    else:
        errors.append(invalid(f"{field}.operator", operator, "not a valid selector operator"))
    errors += label_name(requirement.get("key", ""), f"{field}.key")
    for index, value in enumerate(values):
        errors += [invalid(f"{field}.values[{index}]", value, text) for text in names.label_value(value)]
    return errors


def shown_selector(selector: Obj) -> Obj:
    """A selector as error messages print it: keys in the order of the type, maps sorted."""
    form: Obj = {}
    if selector.get("matchLabels"):
        form["matchLabels"] = dict(sorted(selector["matchLabels"].items()))
    if selector.get("matchExpressions"):
        form["matchExpressions"] = [_shown_requirement(each) for each in selector["matchExpressions"]]
    return form


def _shown_requirement(requirement: Obj) -> Obj:
    form = {"key": requirement.get("key", ""), "operator": requirement.get("operator", "")}
    return {**form, "values": requirement["values"]} if requirement.get("values") else form


def immutable_selector(new: Obj, old: Obj) -> list[FieldError]:
    """An error when a workload's selector changed."""
    selector = new["spec"].get("selector")
    if selector == old["spec"].get("selector"):
        return []
    shown = None if selector is None else shown_selector(selector)
    return [invalid("spec.selector", shown, "field is immutable")]


def is_empty_selector(selector: Obj) -> bool:
    return not selector.get("matchLabels") and not selector.get("matchExpressions")


def selects(selector: Obj | None, found: Mapping[str, str]) -> bool:
    """Whether labels match a selector that has no errors. None matches nothing, an empty selector everything."""
    if selector is None:
        return False
    if any(found.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_holds(requirement, found) for requirement in selector.get("matchExpressions") or ())


def _holds(requirement: Obj, found: Mapping[str, str]) -> bool:
    key, operator, values = requirement.get("key", ""), requirement.get("operator"), requirement.get("values") or ()
    if operator == "In":
        return key in found and found[key] in values
    if operator == "NotIn":
        return found.get(key) not in values
    return (key in found) == (operator == "Exists")
