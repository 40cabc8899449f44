"""Label selectors: compiled requirements, and their text form.

k8s.io/docs/concepts/overview/working-with-objects/labels, "Label selectors". Messages about bad texts are
those of k8s.io/apimachinery, package labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.embedded.schema.field_errors import FieldError, invalid
from grader.embedded.schema.validation.names import label_value, qualified_name

_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}
_EXACT = ("=", "==", "!=")
_COMPARING = ("gt", "lt")
_SIGNS = {"=": "=", "==": "==", "!=": "!=", "gt": ">", "lt": "<"}


class SelectorError(ValueError):
    """A selector that the API server refuses, with its words."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on a label. `operator` is in, notin, =, ==, !=, gt, lt, exists or !; `values` are sorted."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.key)
        match self.operator:
            case "in" | "=" | "==":
                return value is not None and value in self.values
            case "notin" | "!=":
                return value is None or value not in self.values
            case "exists":
                return value is not None
            case "!":
                return value is None
            case _:
                return self._compares(value)

    def _compares(self, value: str | None) -> bool:
        number = _integer(value or "")
        limit = _integer(self.values[0])
        if number is None or limit is None:
            return False
        return number > limit if self.operator == "gt" else number < limit

    def __str__(self) -> str:
        if self.operator == "exists":
            return self.key
        if self.operator == "!":
            return f"!{self.key}"
        if self.operator in _SIGNS:
            return f"{self.key}{_SIGNS[self.operator]}{self.values[0]}"
        return f"{self.key} {self.operator} ({','.join(self.values)})"


class LabelSelector:
    """Requirements that must all hold. `nothing` is the selector that no object matches."""

    __slots__ = ("_equal", "_other", "nothing", "requirements")

    def __init__(self, requirements: Iterable[Requirement] = (), *, nothing: bool = False) -> None:
        self.requirements = tuple(sorted(requirements, key=lambda requirement: requirement.key))
        self.nothing = nothing
        self._equal = tuple((r.key, r.values[0]) for r in self.requirements if r.operator in ("=", "=="))
        self._other = tuple(r for r in self.requirements if r.operator not in ("=", "=="))

    @property
    def everything(self) -> bool:
        return not self.requirements and not self.nothing

    def matches(self, labels: Mapping[str, str]) -> bool:
        for key, value in self._equal:
            if labels.get(key) != value:
                return False
        for requirement in self._other:
            if not requirement.matches(labels):
                return False
        return not self.nothing

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))


NOTHING = LabelSelector(nothing=True)


def selector_of(selector: Mapping[str, Any] | None) -> LabelSelector:
    """A `LabelSelector` object compiled. None matches nothing, an empty one everything.

    Raises SelectorError for one that validation would refuse.
    """
    if selector is None:
        return NOTHING
    requirements = [Requirement(key, "=", (value,)) for key, value in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or ():
        operator = _OPERATORS.get(expression.get("operator", ""))
        if operator is None:
            raise SelectorError(f'"{expression.get("operator", "")}" is not a valid label selector operator')
        requirements.append(requirement(expression.get("key", ""), operator, expression.get("values") or ()))
    return LabelSelector(requirements)


def selector_of_labels(labels: Mapping[str, str] | None) -> LabelSelector:
    """The selector of a plain map, as services and replication controllers have; none or an empty one is NOTHING."""
    return LabelSelector(Requirement(key, "=", (value,)) for key, value in labels.items()) if labels else NOTHING


def format_selector(selector: Mapping[str, Any] | None) -> str:
    """The text of a `LabelSelector` object, which `parse` reads: empty for one without requirements."""
    return str(selector_of(selector))


def format_labels(labels: Mapping[str, str] | None) -> str:
    """Labels as `a=b,c=d`, ordered by key."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items()))


def requirement(key: str, operator: str, values: Iterable[str]) -> Requirement:
    """A requirement that is checked. Raises SelectorError."""
    found = tuple(sorted(set(values)))
    errors = _key_errors(key, "key") + _count_errors(operator, found)
    for index, value in enumerate(found):
        if texts := label_value(value):
            errors.append(invalid(f"values[{index}][{key}]", value, "; ".join(texts)))
    raise_together(errors)
    return Requirement(key, operator, found)


def check_key(key: str) -> None:
    """Raise SelectorError for what cannot be a label's key. (The server names no field there, which Go prints so.)"""
    raise_together(_key_errors(key, "<nil>"))


def raise_together(errors: list[FieldError]) -> None:
    texts = list(dict.fromkeys(map(str, errors)))
    if texts:
        raise SelectorError(texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]")


def _key_errors(key: str, field: str) -> list[FieldError]:
    texts = qualified_name(key)
    return [invalid(field, key, "; ".join(texts))] if texts else []


def _count_errors(operator: str, values: tuple[str, ...]) -> list[FieldError]:
    shown = list(values)
    if operator in ("in", "notin") and not values:
        return [invalid("values", shown, "for 'in', 'notin' operators, values set can't be empty")]
    if operator in _EXACT and len(values) != 1:
        return [invalid("values", shown, "exact-match compatibility requires one single value")]
    if operator in ("exists", "!") and values:
        return [invalid("values", shown, "values set must be empty for exists and does not exist")]
    if operator in _COMPARING:
        if len(values) != 1:
            return [invalid("values", shown, "for 'Gt', 'Lt' operators, exactly one value is required")]
        if _integer(values[0]) is None:
            return [invalid("values[0]", values[0], "for 'Gt', 'Lt' operators, the value must be an integer")]
    return []


def _integer(text: str) -> int | None:
    """A whole number of 64 bits as Go's strconv reads it, None for anything else."""
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits.isascii() or not digits.isdigit() or len(digits) > 19:
        return None
    number = int(text)
    return number if -(1 << 63) <= number < 1 << 63 else None
