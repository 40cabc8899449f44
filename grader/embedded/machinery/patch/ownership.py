"""Which field paths an object has, and which of them a change touches.

The walks follow the types: an atomic list or map is one path, items of associative lists are named by their keys.
Rules: "Merge strategy" in k8s.io/docs/reference/using-api/server-side-apply and structured-merge-diff.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from grader.embedded.machinery.patch.field_sets import LEAF, SELF, FieldSet
from grader.embedded.objects import Obj
from grader.embedded.schema.types import ANY, LIST, MAP, STRUCT, UNTYPED, TypeInfo


class Change(NamedTuple):
    """What became of an object: paths added or modified, and paths removed."""

    set: FieldSet
    removed: FieldSet


class AmbiguousItem(ValueError):
    """An item of an associative list that cannot be told from others: it has none of the list's keys."""


def changes(type_: TypeInfo, old: Obj, new: Obj) -> Change:
    """What leads from `old` to `new`."""
    written: FieldSet = {}
    removed: FieldSet = {}
    _compare_members(type_, old, new, written, removed)
    return Change(written, removed)


def applied_fields(type_: TypeInfo, value: Obj) -> FieldSet:
    """The paths that an applied configuration names: its leaves, its list items, and its maps' entries."""
    found: FieldSet = {}
    for name, item in value.items():
        element = "f:" + name
        child = member_type(type_, name)
        below = _applied(child, item)
        if below is None:
            continue
        if item is None or item == {}:
            below = {}
        elif type_.kind != STRUCT or name not in type_.fields:
            below = {SELF: {}, **below} if below else {}
        found[element] = below
    return found


def _applied(type_: TypeInfo, value: Any) -> FieldSet | None:
    """The paths below a value; empty for a leaf, None for a list without items."""
    if is_leaf(type_, value):
        return {}
    if isinstance(value, dict):
        return applied_fields(type_, value)
    found: FieldSet = {}
    for element, item in keyed(type_, value):
        below = _applied(type_.element, item)
        found[element] = {SELF: {}, **below} if below else {}
    return found or None


def member_type(type_: TypeInfo, name: str) -> TypeInfo:
    """The type of a struct's field or of a map's values; untyped for what has no table."""
    if type_.kind == STRUCT:
        field = type_.fields.get(name)
        return UNTYPED if field is None else field.type
    return type_.element if type_.kind == MAP else UNTYPED


def is_leaf(type_: TypeInfo, value: Any) -> bool:
    """Whether a value is owned as a whole."""
    if isinstance(value, dict):
        return type_.atomic or type_.kind not in (STRUCT, MAP, ANY)
    if isinstance(value, list):
        return type_.atomic or type_.kind != LIST
    return True


def keyed(type_: TypeInfo, items: list[Any]) -> list[tuple[str, Any]]:
    """The items of a set or an associative list with their path elements. Raises AmbiguousItem."""
    if type_.is_set:
        return [("v:" + orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode(), item) for item in items]
    keys, defaults = type_.keys, type_.key_defaults
    found = []
    for item in items:
        if not isinstance(item, dict):
            raise AmbiguousItem("item is no object")
        named = {key: item.get(key, defaults.get(key)) for key in keys}
        if None in named.values():
            named = {key: value for key, value in named.items() if value is not None}
            if not named:
                why = "associative list with keys has an element that omits key field"
                raise AmbiguousItem(f'{why} "{keys[0]}" (and doesn\'t have default value)')
        found.append(("k:" + orjson.dumps(named, option=orjson.OPT_SORT_KEYS).decode(), item))
    return found


def _compare_members(type_: TypeInfo, old: Obj, new: Obj, written: FieldSet, removed: FieldSet) -> None:
    fields = type_.fields if type_.kind == STRUCT else None
    plain = type_.element if type_.kind == MAP else UNTYPED
    for name, value in new.items():
        was = old.get(name, _ABSENT)
        if was is value or was == value:
            continue
        if fields is not None:
            field = fields.get(name)
            child = UNTYPED if field is None else field.type
        else:
            child = plain
        if was is _ABSENT:
            written["f:" + name] = _whole(child, value)
        else:
            _compare(child, "f:" + name, was, value, written, removed)
    for name, was in old.items():
        if name not in new:
            removed["f:" + name] = _whole(member_type(type_, name), was)


_ABSENT: Any = object()


def _compare(type_: TypeInfo, element: str, old: Any, new: Any, written: FieldSet, removed: FieldSet) -> None:
    """Compare two different values at one path."""
    below_written: FieldSet = {}
    below_removed: FieldSet = {}
    if not old and not new:
        written[element] = LEAF
        return
    if _are(dict, old, new) and not is_leaf(type_, new or old):
        _compare_members(type_, old or {}, new or {}, below_written, below_removed)
    elif _are(list, old, new) and not is_leaf(type_, new or old):
        try:
            _compare_items(type_, old or [], new or [], below_written, below_removed)
        except AmbiguousItem:
            written[element] = LEAF
            return
    else:
        written[element] = LEAF
        return
    if below_written:
        written[element] = below_written
    if below_removed:
        removed[element] = below_removed


def _are(kind: type, *values: Any) -> bool:
    return all(value is None or value.__class__ is kind for value in values)


def _compare_items(type_: TypeInfo, old: list[Any], new: list[Any], written: FieldSet, removed: FieldSet) -> None:
    before, after = _grouped(type_, old), _grouped(type_, new)
    for element, items in after.items():
        was = before.get(element)
        if was == items:
            continue
        if was is None:
            written[element] = _whole(type_.element, items[0]) if len(items) == 1 else LEAF
        elif len(was) == len(items) == 1:
            _compare(type_.element, element, was[0], items[0], written, removed)
        else:
            written[element] = LEAF
    for element, items in before.items():
        if element not in after:
            removed[element] = _whole(type_.element, items[0]) if len(items) == 1 else LEAF


def _grouped(type_: TypeInfo, items: list[Any]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for element, item in keyed(type_, items):
        groups.setdefault(element, []).append(item)
    return groups


def _whole(type_: TypeInfo, value: Any) -> FieldSet:
    """All paths of a value that came or went: itself, and everything in it."""
    if not value or is_leaf(type_, value):
        return LEAF
    found: FieldSet = {SELF: LEAF}
    if value.__class__ is dict:
        for name, item in value.items():
            if item.__class__ is dict or item.__class__ is list:
                found["f:" + name] = _whole(member_type(type_, name), item)
            else:
                found["f:" + name] = LEAF
        return found
    try:
        for element, items in _grouped(type_, value).items():
            found[element] = _whole(type_.element, items[0]) if len(items) == 1 else LEAF
    except AmbiguousItem:
        return LEAF
    return found
