"""Matching an object in part: maps need the keys that are asked for, lists an item for each that is asked for.

Where a value stands, a map of operators may stand instead (`$min`, `$max`, `$matches`, `$contains`, `$not`, `$one_of`,
`$exists`, `$length`). Items of a list are found by their `name` when both have one, so that order does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_ABSENT = object()


@dataclass(frozen=True)
class Mismatch:
    """The first place that differs. `actual` is None when nothing is there."""

    path: str
    expected: str
    actual: str | None


def mismatch(expected: Any, actual: Any, path: str = "") -> Mismatch | None:
    """Where `actual` does not match, or None when it does."""
    if isinstance(expected, dict) and expected and all(key.startswith("$") for key in expected):
        for operator, operand in expected.items():
            if not _OPERATORS[operator](operand, actual):
                return Mismatch(path, f"{operator[1:]} {brief(operand)}", None if actual is _ABSENT else brief(actual))
        return None
    if isinstance(expected, dict):
        return _in_map(expected, actual, path)
    if isinstance(expected, list):
        return _in_list(expected, actual, path)
    if _equal(expected, actual):
        return None
    return Mismatch(path, brief(expected), None if actual is _ABSENT else brief(actual))


def _in_map(expected: dict[str, Any], actual: Any, path: str) -> Mismatch | None:
    if not isinstance(actual, dict):
        return Mismatch(path, brief(expected), None if actual is _ABSENT else brief(actual))
    for key, value in expected.items():
        step = f"{path}.{key}" if re.fullmatch(r"\w+", key) else f'{path}["{key}"]'
        if found := mismatch(value, actual.get(key, _ABSENT), step.lstrip(".")):
            return found
    return None


def _in_list(expected: list[Any], actual: Any, path: str) -> Mismatch | None:
    if not isinstance(actual, list):
        return Mismatch(path, brief(expected), None if actual is _ABSENT else brief(actual))
    left = list(actual)
    for number, wanted in enumerate(expected):
        fitting = next((item for item in left if mismatch(wanted, item) is None), _ABSENT)
        if fitting is _ABSENT:
            return _nearest(wanted, left, f"{path}[{number}]")
        left.remove(fitting)
    return None


def _nearest(wanted: Any, left: list[Any], path: str) -> Mismatch:
    """What differs in the item that was meant: the one of the same name, or the only one."""
    name = wanted.get("name") if isinstance(wanted, dict) else None
    meant = [item for item in left if name and isinstance(item, dict) and item.get("name") == name] or left
    if len(meant) == 1 and (found := mismatch(wanted, meant[0], path)):
        return found
    return Mismatch(path, brief(wanted), brief(left) if left else None)


def _equal(expected: Any, actual: Any) -> bool:
    """Equality with the kinds of numbers kept apart from true and false."""
    return isinstance(expected, bool) == isinstance(actual, bool) and bool(expected == actual)


def brief(value: Any) -> str:
    """A value in a sentence."""
    import json

    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return words if len(words) <= 120 else f"{words[:117]}…"


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _at_least(operand: Any, actual: Any) -> bool:
    number = _number(actual)
    return number is not None and number >= operand


def _at_most(operand: Any, actual: Any) -> bool:
    """Kubernetes leaves zeros out: what is not there is 0."""
    number = 0.0 if actual is _ABSENT else _number(actual)
    return number is not None and number <= operand


def _contains(operand: Any, actual: Any) -> bool:
    return operand in actual if isinstance(actual, str | list | dict) else False


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$min": _at_least,
    "$max": _at_most,
    "$matches": lambda operand, actual: isinstance(actual, str) and re.search(operand, actual) is not None,
    "$contains": _contains,
    "$not": lambda operand, actual: mismatch(operand, actual) is not None,
    "$one_of": lambda operand, actual: actual in operand,
    "$exists": lambda operand, actual: (actual is not _ABSENT) == operand,
    "$length": lambda operand, actual: (
        len(actual) == operand if isinstance(actual, str | list | dict) else operand == 0
    ),
}
