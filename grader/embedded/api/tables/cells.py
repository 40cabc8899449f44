"""What cells of many kinds have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from grader.embedded.api.tables.ages import since
from grader.embedded.machinery.labels import SelectorError, format_labels, format_selector
from grader.embedded.objects import Obj

NONE = "<none>"
UNSET = "<unset>"
UNKNOWN = "<unknown>"

Cells = list[Any]
CellsOf = Callable[[Obj, float], Cells]
"""The cells of an object at a time, in the order of its kind's columns."""


def name_of(obj: Obj) -> str:
    name: str = obj["metadata"].get("name", "")
    return name


def age(obj: Obj, now: float) -> str:
    return since(obj["metadata"].get("creationTimestamp"), now)


def name_and_age(obj: Obj, now: float) -> Cells:
    return [name_of(obj), age(obj, now)]


def name_and_creation(obj: Obj, now: float) -> Cells:
    """For kinds without a printer of their own: columns Name and Created At."""
    return [name_of(obj), obj["metadata"].get("creationTimestamp")]


def spec_of(obj: Obj) -> Obj:
    spec: Obj = obj.get("spec") or {}
    return spec


def status_of(obj: Obj) -> Obj:
    status: Obj = obj.get("status") or {}
    return status


def containers_and_images(template: Obj | None) -> tuple[str, str]:
    """Names and images of a pod template's containers, each joined by commas."""
    containers = ((template or {}).get("spec") or {}).get("containers") or ()
    return ",".join(c["name"] for c in containers), ",".join(c.get("image", "") for c in containers)


def labels_or_none(labels: dict[str, str] | None) -> str:
    return format_labels(labels) or NONE


def selector_or_none(selector: Obj | None) -> str:
    try:
        return format_selector(selector) or NONE
    except SelectorError:
        return "<error>"


def yes_no(value: bool | None) -> str:
    """A boolean that may be absent."""
    return UNSET if value is None else str(value)


def some_of(items: Sequence[str], count: int, limit: int = 3) -> str:
    """The first items, and how many of `count` are left out: `a,b,c + 2 more...`."""
    shown = ",".join(items[:limit])
    return f"{shown} + {count - limit} more..." if count > limit else shown


def or_none(values: Iterable[str]) -> str:
    return ",".join(values) or NONE
