"""Sets of field paths, in the form that `managedFields` has on the wire (FieldsV1).

A set is a nested dict. `{"f:spec": {"f:replicas": {}}}` holds `.spec.replicas`; a path that is a member and has
members below it has a `"."`. Path elements are `f:name` (a field or a map's key), `k:{…}` (an item of a list by its
keys) and `v:…` (an item of a set by its value). Sets are never changed: functions return new ones or share.
Format: "FieldsV1 v1 meta" of the Kubernetes API reference and k8s.io's structured-merge-diff.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

FieldSet = dict[str, Any]

SELF = "."
LEAF: FieldSet = {}  # shared: sets are never changed
_ONLY_SELF: FieldSet = {SELF: LEAF}


def union(left: FieldSet, right: FieldSet) -> FieldSet:
    """Paths of either set."""
    if not left:
        return right
    if not right or left is right:
        return left
    merged = dict(left)
    for element, below in right.items():
        mine = merged.get(element)
        if mine is None:
            merged[element] = below
        elif mine != below:
            merged[element] = union(_explicit(mine), _explicit(below))
    return merged


def _explicit(below: FieldSet) -> FieldSet:
    """A member's subset, with the membership spelled out."""
    return below or _ONLY_SELF


def difference(left: FieldSet, right: FieldSet) -> FieldSet:
    """Paths of `left` that are not in `right`. What lies below a removed path stays."""
    if not right or not left:
        return left
    kept: FieldSet = {}
    for element, below in left.items():
        other = right.get(element)
        if other is None:
            kept[element] = below
            continue
        if element == SELF:
            continue
        rest = difference(_explicit(below), _explicit(other))
        if rest:
            kept[element] = _implicit(rest)
    return kept


def intersection(left: FieldSet, right: FieldSet) -> FieldSet:
    """Paths of both sets."""
    common: FieldSet = {}
    if len(right) < len(left):
        left, right = right, left
    for element, below in left.items():
        other = right.get(element)
        if other is None:
            continue
        if element == SELF:
            common[SELF] = LEAF
            continue
        both = intersection(_explicit(below), _explicit(other))
        if both:
            common[element] = _implicit(both)
    return common


def without(left: FieldSet, ignored: FieldSet) -> FieldSet:
    """Paths of `left` that are neither in `ignored` nor below a path of it."""
    if not ignored or not left:
        return left
    kept: FieldSet = {}
    for element, below in left.items():
        other = ignored.get(element)
        if other is None:
            kept[element] = below
        elif not is_member(other):
            rest = without(_explicit(below), other)
            if rest:
                kept[element] = _implicit(rest)
    return kept


def _implicit(below: FieldSet) -> FieldSet:
    """The short form: a member without members below is an empty dict."""
    return LEAF if len(below) == 1 and SELF in below else below


def is_member(below: FieldSet) -> bool:
    """Whether the path that leads to this subset is itself in the set."""
    return not below or SELF in below


def paths(fields: FieldSet, prefix: str = "") -> Iterator[str]:
    """The members as error texts name them, in the server's order: `.spec.containers[name="web"].image`."""
    elements = sorted((element for element in fields if element != SELF), key=_order)
    for element in elements:
        if is_member(fields[element]):
            yield prefix + _shown(element)
    for element in elements:
        if fields[element]:
            yield from paths(fields[element], prefix + _shown(element))


def _order(element: str) -> tuple[int, str]:
    return "fkvi".index(element[0]), element


def _shown(element: str) -> str:
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return f".{text}"
    if kind == "v:":
        return f"[={text}]"
    if kind == "k:":
        keys = orjson.loads(text)
        return "[" + ",".join(f"{name}={orjson.dumps(value).decode()}" for name, value in sorted(keys.items())) + "]"
    return f"[{text}]"


def is_field_set(value: Any) -> bool:
    """Whether a client's FieldsV1 is one: known path elements only, keys that are JSON objects."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, dict):
            return False
        for element, below in item.items():
            if element == SELF:
                continue
            if not _is_element(element):
                return False
            waiting.append(below)
    return True


def _is_element(element: str) -> bool:
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return True
    if kind == "i:":
        return text.lstrip("-").isdecimal()
    if kind not in ("k:", "v:"):
        return False
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return kind == "v:" or (isinstance(parsed, dict) and not any(isinstance(v, (dict, list)) for v in parsed.values()))
