"""What is wrong with an object that a strategic merge patch made, in the words of apimachinery's converter.

Unlike other bodies, its result is turned into Go values without passing through JSON text, by
k8s.io/apimachinery's package runtime (`DefaultUnstructuredConverter`), which has errors of its own.
"""

from __future__ import annotations

from typing import Any

from grader.embedded.objects import Obj
from grader.embedded.schema.diagnosis import diagnose
from grader.embedded.schema.types import ANY, LIST, MAP, SCHEMA_VARIANTS, STRUCT, TypeInfo

_BY_JSON = frozenset({"quantity", "time", "micro-time", "duration", "int-or-string", *SCHEMA_VARIANTS})
_GO_KINDS: dict[type, str] = {str: "string", bool: "bool", int: "int64", float: "float64", dict: "map", list: "slice"}
_INTEGERS = frozenset({"int32", "int64"})


def conversion_error(type_: TypeInfo, obj: Obj) -> str:
    """The first error of converting an object, or nothing."""
    return _visit(type_, obj)


def _visit(type_: TypeInfo, value: Any) -> str:
    kind = type_.kind
    if value is None or kind == ANY:
        return ""
    if kind in _BY_JSON:
        return diagnose(type_, value).error
    given = _GO_KINDS[type(value)]
    if kind == STRUCT:
        return _visit_struct(type_, value) if given == "map" else f"cannot restore struct from: {given}"
    if kind == MAP:
        if given != "map":
            return f"cannot restore map from {given}"
        return next(filter(None, (_visit(type_.element, item) for item in value.values())), "")
    if kind == LIST:
        if given != "slice":
            return f"cannot restore slice from {given}"
        return next(filter(None, (_visit(type_.element, item) for item in value)), "")
    if kind == "bytes":
        return diagnose(type_, value).error if given == "string" else f"cannot restore slice from {given}"
    return _scalar(kind, given, value)


def _visit_struct(type_: TypeInfo, value: Obj) -> str:
    for name, field in type_.fields.items():
        if name in value:
            error = _visit(field.type, value[name])
            if error:
                return error
    return ""


def _scalar(kind: str, given: str, value: Any) -> str:
    if given == kind or (kind == "float64" and given == "int64"):
        return ""
    if kind in _INTEGERS and given == "int64":
        return "" if kind == "int64" or -(2**31) <= value < 2**31 else f"cannot convert {value} to int32: overflow"
    convertible = {"string": ("int64",), "int32": ("float64",), "int64": ("float64",)}
    if given in convertible.get(kind, ()):
        return f"cannot convert {given} to {kind}"
    return f"unrecognized type: {kind}"
