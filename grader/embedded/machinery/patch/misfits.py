"""What of an applied configuration does not fit its type, in the words of structured-merge-diff."""

from __future__ import annotations

from typing import Any

from grader.embedded.machinery.patch.field_sets import paths
from grader.embedded.machinery.patch.ownership import AmbiguousItem, keyed, member_type
from grader.embedded.objects import Obj
from grader.embedded.schema.types import ANY, LIST, MAP, STRUCT, TypeInfo

_NUMBERS = frozenset({"int32", "int64", "float64"})
_TEXTS = frozenset({"string", "bytes", "time", "micro-time", "duration"})


def undeclared(type_: TypeInfo, applied: Obj) -> list[str]:
    """Errors such as `.spec.colour: field not declared in schema`, in the order of the paths' first appearance."""
    errors: list[str] = []
    _visit(type_, applied, "", errors)
    return errors


def _visit(type_: TypeInfo, value: Any, path: str, errors: list[str]) -> None:
    if value is None or type_.kind == ANY:
        return
    if type_.kind in (STRUCT, MAP):
        _visit_members(type_, value, path, errors)
    elif type_.kind == LIST:
        _visit_items(type_, value, path, errors)
    else:
        wrong = _misfit(type_.kind, value)
        if wrong:
            errors.append(f"{path}: {wrong}")


def _visit_members(type_: TypeInfo, value: Any, path: str, errors: list[str]) -> None:
    if not isinstance(value, dict):
        errors.append(f"{path}: expected map, got {_shown(value)}")
        return
    for name, item in value.items():
        if type_.kind == STRUCT and name not in type_.fields and not type_.is_open:
            errors.append(f"{path}.{name}: field not declared in schema")
        else:
            _visit(member_type(type_, name), item, f"{path}.{name}", errors)


def _visit_items(type_: TypeInfo, value: Any, path: str, errors: list[str]) -> None:
    if not isinstance(value, list):
        errors.append(f"{path}: expected list, got {_shown(value)}")
        return
    if type_.atomic:
        for index, item in enumerate(value):
            _visit(type_.element, item, f"{path}[{index}]", errors)
        return
    for index, item in enumerate(value):
        try:
            ((element, _),) = keyed(type_, [item])
        except AmbiguousItem as error:
            errors.append(f"{path}: element {index}: {error}")
            continue
        _visit(type_.element, item, path + next(paths({element: {}})), errors)


def _misfit(kind: str, value: Any) -> str:
    if kind == "bool":
        return "" if isinstance(value, bool) else f"expected boolean, got {_shown(value)}"
    if kind in _NUMBERS:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return "" if is_number else f"expected numeric (int or float), got {_GO_TYPES.get(type(value), 'string')}"
    if kind in _TEXTS:
        return "" if isinstance(value, str) else f"expected string, got {_shown(value)}"
    return "" if not isinstance(value, (dict, list)) else f"expected any scalar, got {_shown(value)}"


_GO_TYPES: dict[type, str] = {
    str: "string", bool: "bool", dict: "map[string]interface {}", list: "[]interface {}",
}  # fmt: skip


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "&{map[" + " ".join(f"{name}:{_plain(value[name])}" for name in sorted(value)) + "]}"
    return f"&{{{_plain(value)}}}"


def _plain(value: Any) -> str:
    """A value as Go prints it with %v."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{name}:{_plain(value[name])}" for name in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(_plain(item) for item in value) + "]"
    return "<nil>" if value is None else str(value)


def go_text(value: Any) -> str:
    """A JSON value as Go prints it with `%+v`: `map[spec:map[replicas:3]]`."""
    return _plain(value)
