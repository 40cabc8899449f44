"""The quick half of decoding: objects as Go's JSON would read and write them again.

Unknown fields are dropped and counted, values of a wrong type raise `Mismatch`; what exactly is wrong is then
found by `diagnosis`. Every type is compiled once into a plan of small functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.embedded.objects import Obj
from grader.embedded.quantity import QuantityError, canonical_quantity
from grader.embedded.schema.scalars import ScalarError, canonical_base64, canonical_duration, canonical_time
from grader.embedded.schema.types import ANY, LIST, MAP, SCHEMA_VARIANTS, STRUCT, Field, TypeInfo

Converter = Callable[[Any, list[str]], Any]

INT_LIMITS = {"int32": 2**31, "int64": 2**63}
_ABSENT: Any = object()
_EXACT: dict[str, type] = {"string": str, "bool": bool}
_ZEROS: dict[str, Any] = {
    "string": "", "bool": False, "int32": 0, "int64": 0, "float64": 0, "int-or-string": 0, "quantity": "0",
    "duration": "0s",
}  # fmt: skip


class Mismatch(ValueError):
    """A value that its field cannot hold."""


class Plan:
    """A struct type, compiled. `entries`: exact Python type, whether empties are kept, and the slow way."""

    __slots__ = ("_empty", "always", "custom", "entries", "is_open")

    def __init__(self, type_: TypeInfo) -> None:
        self._empty: Obj | None = None
        self.custom = type_.custom
        self.is_open = type_.is_open
        self.entries = {name: _entry(field, type_.custom) for name, field in type_.fields.items()}
        self.always = () if type_.custom else tuple((f.name, _zero(f)) for f in type_.always)

    @property
    def empty(self) -> Obj:
        """What Go's zero value of the type looks like in JSON. Shared: not to be changed."""
        if self._empty is None:
            self._empty = self.decode({}, [])
        return self._empty

    def decode(self, obj: Obj, unknown: list[str]) -> Obj:
        """A new object of known fields only; names of dropped fields are added to `unknown`."""
        out: Obj = {}
        entries = self.entries
        for name, value in obj.items():
            entry = entries.get(name)
            if entry is None:
                if self.is_open:
                    out[name] = value
                else:
                    unknown.append(name)
                continue
            exact, keeps_empty, convert = entry
            if value.__class__ is exact:
                if value or keeps_empty:
                    out[name] = value
            else:
                value = convert(value, unknown)
                if value is not _ABSENT:
                    out[name] = value
        for name, zero in self.always:
            if name not in out:
                out[name] = zero()
        return out


def plan_of(type_: TypeInfo) -> Plan:
    """The plan of a struct type, compiled when first asked for."""
    plan = type_.plan
    if plan is None:
        plan = type_.plan = Plan(type_)
    found: Plan = plan
    return found


def _entry(field: Field, custom: bool) -> tuple[type | None, bool, Converter]:
    if custom and not field.type.custom and field.type.kind == STRUCT:
        return None, True, _value(field.type)
    if custom:
        return _EXACT.get(field.type.kind), True, _custom(field.type)
    keeps_empty = field.pointer or not field.omit_empty
    return _EXACT.get(field.type.kind), keeps_empty, _field(field, keeps_empty)


def _field(field: Field, keeps_empty: bool) -> Converter:
    """Conversion with Go's treatment of null and of empty values."""
    kind = field.type.kind
    convert = _value(field.type)
    is_always_written = field.is_always_written
    zero = _zero(field)
    drops_empty = not keeps_empty and kind in ("bytes", "int32", "int64", "float64", "string", "bool")
    has_nil = kind in (LIST, MAP)  # storage (protobuf) does not tell an empty list from none

    def converted(value: Any, unknown: list[str]) -> Any:
        if value is None:
            return zero() if is_always_written else _ABSENT
        value = convert(value, unknown)
        if not value and has_nil:
            return None if keeps_empty else _ABSENT
        return _ABSENT if drops_empty and not value else value

    return converted


def _zero(field: Field) -> Callable[[], Any]:
    if field.pointer or field.type.kind not in (STRUCT, *_ZEROS):
        return lambda: None
    return _zero_value(field.type)


def _zero_value(type_: TypeInfo) -> Callable[[], Any]:
    """What Go's zero value of a type looks like in JSON; a fresh one each time."""
    if type_.kind == STRUCT:
        return lambda: plan_of(type_).decode({}, [])
    if type_.kind == "bytes":
        return lambda: ""
    value = _ZEROS.get(type_.kind)
    return lambda: value


def _value(type_: TypeInfo) -> Converter:
    """Conversion of a value that is not null."""
    kind = type_.kind
    if kind == STRUCT:
        return _struct(type_)
    if kind == LIST:
        return _list(type_)
    if kind == MAP:
        return _map(type_)
    if kind in INT_LIMITS:
        return _integer(INT_LIMITS[kind])
    if kind in SCHEMA_VARIANTS:
        return _schema_variant(type_)
    return _SIMPLE[kind]


def _struct(type_: TypeInfo) -> Converter:
    def convert(value: Any, unknown: list[str]) -> Any:
        if value.__class__ is not dict:
            raise Mismatch
        return plan_of(type_).decode(value, unknown)

    return convert


def _list(type_: TypeInfo) -> Converter:
    element = type_.element
    exact = _EXACT.get(element.kind)
    convert = _value(element)
    zero = _zero_value(element)

    def converted(value: Any, unknown: list[str]) -> Any:
        if value.__class__ is not list:
            raise Mismatch
        return [
            item if item.__class__ is exact else zero() if item is None else convert(item, unknown) for item in value
        ]

    return converted


def _map(type_: TypeInfo) -> Converter:
    element = type_.element
    exact = _EXACT.get(element.kind)
    convert = _value(element)
    zero = _zero_value(element)

    def converted(value: Any, unknown: list[str]) -> Any:
        if value.__class__ is not dict:
            raise Mismatch
        return {
            key: item if item.__class__ is exact else zero() if item is None else convert(item, unknown)
            for key, item in value.items()
        }

    return converted


def _integer(limit: int) -> Converter:
    def convert(value: Any, unknown: list[str]) -> Any:
        if value.__class__ is int and -limit <= value < limit:
            return value
        raise Mismatch

    return convert


def _of(*accepted: type) -> Converter:
    def convert(value: Any, unknown: list[str]) -> Any:
        if value.__class__ not in accepted:
            raise Mismatch
        return value

    return convert


def _text(canonical: Callable[[str], str]) -> Converter:
    def convert(value: Any, unknown: list[str]) -> Any:
        if value.__class__ is not str:
            raise Mismatch
        try:
            return canonical(value)
        except ScalarError as error:
            raise Mismatch from error

    return convert


def _quantity(value: Any, unknown: list[str]) -> Any:
    if value.__class__ not in (str, int, float):
        raise Mismatch
    try:
        return canonical_quantity(value.strip() if value.__class__ is str else value)
    except QuantityError as error:
        raise Mismatch from error


def _int_or_string(value: Any, unknown: list[str]) -> Any:
    if value.__class__ is str or (value.__class__ is int and -(2**31) <= value < 2**31):
        return value
    raise Mismatch


def _anything(value: Any, unknown: list[str]) -> Any:
    return value


def _micro_time(text: str) -> str:
    return canonical_time(text, micro=True)


_SIMPLE: dict[str, Converter] = {
    "string": _of(str),
    "bool": _of(bool),
    "float64": _of(int, float),
    "int-or-string": _int_or_string,
    "quantity": _quantity,
    "bytes": _text(canonical_base64),
    "time": _text(canonical_time),
    "micro-time": _text(_micro_time),
    "duration": _text(canonical_duration),
    ANY: _anything,
}


def _schema_variant(type_: TypeInfo) -> Converter:
    """A JSON schema, or the other thing its field may hold. Go decodes these without being strict."""
    other: dict[str, type] = {"schema-or-list": list, "schema-or-bool": bool, "schema-or-strings": list}

    def convert(value: Any, unknown: list[str]) -> Any:
        if value.__class__ is dict:
            return plan_of(type_.element).decode(value, [])
        if value.__class__ is not other[type_.kind]:
            raise Mismatch
        if value.__class__ is list:
            wanted: type = str if type_.kind == "schema-or-strings" else dict
            if any(item.__class__ is not wanted for item in value):
                raise Mismatch
            return value if wanted is str else [plan_of(type_.element).decode(item, []) for item in value]
        return value

    return convert


def _custom(type_: TypeInfo) -> Converter:
    """Custom resources keep their values as they are (validation judges them); only unknown fields go."""
    if type_.kind == STRUCT:
        return lambda value, unknown: plan_of(type_).decode(value, unknown) if value.__class__ is dict else value
    if type_.kind == LIST:
        convert = _custom(type_.element)
        return lambda value, unknown: [convert(v, unknown) for v in value] if value.__class__ is list else value
    if type_.kind == MAP:
        inner = _custom(type_.element)
        return lambda value, unknown: (
            {key: inner(item, unknown) for key, item in value.items()} if value.__class__ is dict else value
        )
    return _anything
