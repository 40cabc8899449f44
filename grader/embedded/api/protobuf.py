"""Request bodies of type `application/vnd.kubernetes.protobuf`, decoded into JSON objects.

kubectl sends them for `create deployment`, `autoscale`, `auth can-i`, the DELETE of `drain` and more, and does
not fall back to JSON when they are refused. A body is the four bytes `k8s\\0` and a `runtime.Unknown` envelope
around a message (k8s.io/docs/reference/using-api/api-concepts, "Kubernetes Protobuf encoding").

There is no encoder: every client that sends protobuf accepts answers in JSON.

The tables in `data/protobuf.json.gz` know each field's number, JSON name, shape and type. Go's encoder writes
the zeros of fields that are no pointers, where JSON's leaves them out; the tables also know which zeros are
meant (`replicas: 0`).
"""

from __future__ import annotations

import base64
import gzip
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import orjson

from grader.embedded.objects import Obj

MAGIC = b"k8s\0"
_DEEPEST = 100
_VARINT, _FIXED64, _BYTES, _GROUP, _END_GROUP, _FIXED32 = range(6)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZERO_TIME = -62135596800  # the year 1 in seconds since 1970: Go's time that is none


class _Field(NamedTuple):
    """A field's JSON name; its shape (one, rep, map, inl); a scalar's name or a message's index; whether zero is meant."""

    name: str
    shape: str
    type: str | int
    keeps_zero: bool


class _Message(NamedTuple):
    """Fields by number. `special` names what becomes of a message whose JSON form is no object of its fields."""

    fields: dict[int, _Field]
    special: str


class _Tables(NamedTuple):
    kinds: dict[str, dict[str, int]]
    messages: list[_Message]


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    """The data file, read when the first protobuf body comes."""
    packed = files("grader.embedded.api").joinpath("data/protobuf.json.gz").read_bytes()
    data = orjson.loads(gzip.decompress(packed))
    return _Tables(data["kinds"], [_message(message) for message in data["messages"]])


def _message(data: str | dict[str, Any]) -> _Message:
    if isinstance(data, str):
        return _Message({}, data)
    fields = {
        int(tag): _Field(name, shape, kind, bool(keeps))
        for tag, (name, shape, kind, keeps) in ((t, f) for t, f in data.items() if t)
    }
    return _Message(fields, data.get("", ""))


def decode(body: bytes) -> Obj:
    """The object of a body, with `apiVersion` and `kind`. Raises ValueError, with the reason, for anything else."""
    if not body.startswith(MAGIC):
        raise ValueError("provided data does not appear to be a protobuf message, expected prefix 6b 38 73 00")
    try:
        return _envelope(body)
    except UnicodeDecodeError as error:
        raise ValueError("string field contains invalid UTF-8") from error
    except orjson.JSONDecodeError as error:
        raise ValueError(f"embedded JSON: {error}") from error


def _envelope(body: bytes) -> Obj:
    """Unknown: typeMeta (apiVersion, kind), raw, contentEncoding, contentType."""
    parts = {number: body[start:stop] for number, wire, start, stop in _read(body, len(MAGIC), len(body)) if wire == 2}
    type_meta = parts.get(1, b"")
    names = {n: type_meta[a:b].decode() for n, wire, a, b in _read(type_meta, 0, len(type_meta)) if wire == 2}
    api_version, kind = names.get(1, ""), names.get(2, "")
    if parts.get(3):
        raise ValueError(f"unsupported content encoding {parts[3][:40].decode()!r}: send the message as it is")
    tables = _tables()
    index = tables.kinds.get(api_version, {}).get(kind, tables.kinds["*"].get(kind))
    if index is None:
        raise ValueError(f'no kind "{kind}" is registered for version "{api_version}"')
    raw = parts.get(2, b"")
    fields = _decode(tables.messages, index, raw, 0, len(raw), 0)
    return {**fields, "apiVersion": api_version, "kind": kind}


def _decode(messages: list[_Message], index: int, data: bytes, start: int, end: int, depth: int) -> Any:
    """The JSON value of a message, None when it stands for nothing (a zero time)."""
    if depth > _DEEPEST:
        raise ValueError(f"messages nested deeper than {_DEEPEST}")
    message = messages[index]
    if message.special and not message.fields:
        return _SPECIAL[message.special](data[start:end])
    out: Obj = {}
    _decode_into(out, messages, index, data, start, end, depth)
    return _SCHEMAS[message.special](out) if message.special else out


def _decode_into(out: Obj, messages: list[_Message], index: int, data: bytes, start: int, end: int, depth: int) -> None:
    """Add a message's fields to an object. Embedded structs go into the same object; unknown fields are skipped."""
    fields = messages[index].fields
    for number, wire, a, b in _read(data, start, end):
        field = fields.get(number)
        if field is None:
            continue
        if isinstance(field.type, str) and field.shape != "map":
            _scalar_into(out, field, wire, data, a, b)
            continue
        if wire != _BYTES:
            raise ValueError(f"wrong wireType = {wire} for field {field.name}")
        if field.shape == "map":
            key, value = _entry(messages, field, data, a, b, depth)
            out.setdefault(field.name, {})[key] = value
        elif field.shape == "inl":
            if depth > _DEEPEST:
                raise ValueError(f"messages nested deeper than {_DEEPEST}")
            _decode_into(out, messages, int(field.type), data, a, b, depth + 1)
        else:
            value = _decode(messages, int(field.type), data, a, b, depth + 1)
            if field.shape == "rep":
                out.setdefault(field.name, []).append(value)
            elif value is not None:
                out[field.name] = value


def _scalar_into(out: Obj, field: _Field, wire: int, data: bytes, a: int, b: int) -> None:
    wanted, convert = _SCALARS[str(field.type)]
    if field.shape == "rep":
        values = out.setdefault(field.name, [])
        if wire == _BYTES != wanted:
            values.extend(convert(data, value, stop) for value, stop in _packed(wanted, data, a, b))
            return
    if wire != wanted:
        raise ValueError(f"wrong wireType = {wire} for field {field.name}")
    value = convert(data, a, b)
    if field.shape == "rep":
        values.append(value)
    elif value or field.keeps_zero or field.type == "bytes":
        out[field.name] = value
    else:
        out.pop(field.name, None)


def _entry(
    messages: list[_Message], field: _Field, data: bytes, start: int, end: int, depth: int
) -> tuple[str, Any]:
    """Key and value of a map's entry, a message of fields 1 and 2."""
    key = ""
    kind = field.type
    value: Any = _SCALARS[kind][1](b"", 0, 0) if isinstance(kind, str) else _decode(messages, kind, b"", 0, 0, depth + 1)
    for number, wire, a, b in _read(data, start, end):
        if number not in (1, 2):
            continue
        if number == 1 or not isinstance(kind, str):
            wanted = _BYTES
        else:
            wanted = _SCALARS[kind][0]
        if wire != wanted:
            raise ValueError(f"wrong wireType = {wire} for field {field.name}")
        if number == 1:
            key = data[a:b].decode()
        elif isinstance(kind, str):
            value = _SCALARS[kind][1](data, a, b)
        else:
            value = _decode(messages, kind, data, a, b, depth + 1)
    return key, value


# The wire


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """An unsigned integer of 64 bits, and where the next thing begins."""
    value = shift = 0
    while True:
        if at >= end:
            raise ValueError("unexpected EOF")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift >= 64:
            raise ValueError("integer overflow")


def _read(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(field number, wire type, a, b) of each field: the integer and 0, or where the field's bytes begin and end."""
    open_groups: list[int] = []
    while at < end:
        tag, at = _varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if number == 0 or number >= 1 << 29:
            raise ValueError(f"illegal tag {number} (wire type {wire})")
        if wire == _VARINT:
            a, at = _varint(data, at, end)
            b = 0
        elif wire in (_FIXED64, _FIXED32, _BYTES):
            length, at = _varint(data, at, end) if wire == _BYTES else (8 if wire == _FIXED64 else 4, at)
            a, b = at, at + length
            if b > end:
                raise ValueError("unexpected EOF")
            at = b
        elif wire == _GROUP:
            open_groups.append(number)
            continue
        elif wire == _END_GROUP:
            if not open_groups or open_groups.pop() != number:
                raise ValueError("unexpected end of group")
            continue
        else:
            raise ValueError(f"illegal wireType {wire}")
        if not open_groups:
            yield number, wire, a, b
    if open_groups:
        raise ValueError("unexpected EOF")


def _packed(wire: int, data: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """The numbers of a packed list, in the form that scalars' converters take."""
    while at < end:
        if wire == _VARINT:
            value, at = _varint(data, at, end)
            yield value, 0
        else:
            if at + 8 > end:
                raise ValueError("unexpected EOF")
            yield at, at + 8
            at += 8


# Scalars


def _int32(data: bytes, value: int, _: int) -> int:
    return ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def _int64(data: bytes, value: int, _: int) -> int:
    return (value ^ (1 << 63)) - (1 << 63)


def _bool(data: bytes, value: int, _: int) -> bool:
    return value != 0


def _double(data: bytes, start: int, stop: int) -> float:
    (value,) = struct.unpack("<d", data[start:stop]) if stop else (0.0,)
    return int(value) if value == value and abs(value) < 1 << 53 and value == int(value) else value


def _string(data: bytes, start: int, stop: int) -> str:
    return data[start:stop].decode()


def _base64(data: bytes, start: int, stop: int) -> str:
    return base64.b64encode(data[start:stop]).decode()


_SCALARS: dict[str, tuple[int, Callable[[bytes, int, int], Any]]] = {
    "double": (_FIXED64, _double),
    "int32": (_VARINT, _int32),
    "int64": (_VARINT, _int64),
    "bool": (_VARINT, _bool),
    "string": (_BYTES, _string),
    "bytes": (_BYTES, _base64),
}


# Messages that are something else in JSON


def _simple(data: bytes) -> dict[int, Any]:
    """Field number → integer or bytes, the last of each."""
    return {n: a if wire == _VARINT else data[a:b] for n, wire, a, b in _read(data, 0, len(data))}


def _number(fields: dict[int, Any], tag: int) -> int:
    value = fields.get(tag, 0)
    if not isinstance(value, int):
        raise ValueError(f"wrong wireType for field {tag}")
    return _int64(b"", value, 0)


def _bytes_of(fields: dict[int, Any], tag: int) -> bytes:
    value = fields.get(tag, b"")
    if not isinstance(value, bytes):
        raise ValueError(f"wrong wireType = 0 for field {tag}")
    return value


def _quantity(data: bytes) -> str:
    return _bytes_of(_simple(data), 1).decode() or "0"


def _moment(data: bytes) -> datetime | None:
    """A Timestamp of seconds and nanoseconds; an empty one is Go's zero time, which is none."""
    fields = _simple(data)
    seconds, nanos = _number(fields, 1), _number(fields, 2)
    if not data or seconds == _ZERO_TIME:
        return None
    try:
        return _EPOCH + timedelta(seconds=seconds, microseconds=nanos // 1000)
    except OverflowError as error:
        raise ValueError("timestamp out of range: its year must be between 1 and 9999") from error


def _time(data: bytes) -> str | None:
    moment = _moment(data)
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0")


def _micro_time(data: bytes) -> str | None:
    moment = _moment(data)
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z".rjust(27, "0")


def _int_or_string(data: bytes) -> int | str:
    fields = _simple(data)
    return _bytes_of(fields, 3).decode() if _number(fields, 1) == 1 else _int32(b"", _number(fields, 2), 0)


def _raw(data: bytes) -> Any:
    """JSON inside of protobuf (RawExtension, FieldsV1, JSON)."""
    text = _bytes_of(_simple(data), 1)
    if text.startswith(MAGIC):
        raise ValueError("an embedded object in protobuf is not accepted: embed it as JSON")
    return orjson.loads(text) if text else None


def _items(data: bytes) -> list[str]:
    return [data[a:b].decode() for n, wire, a, b in _read(data, 0, len(data)) if n == 1 and wire == _BYTES]


_SPECIAL: dict[str, Callable[[bytes], Any]] = {
    "quantity": _quantity,
    "time": _time,
    "microTime": _micro_time,
    "intOrString": _int_or_string,
    "raw": _raw,
    "items": _items,
}

# What a schema's alternatives become (apiextensions.k8s.io: JSONSchemaPropsOrArray, -OrBool, -OrStringArray).
_SCHEMAS: dict[str, Callable[[Obj], Any]] = {
    "schemaOrArray": lambda found: found.get("jSONSchemas") or found.get("schema"),
    "schemaOrBool": lambda found: found.get("schema", found.get("allows", False)),
    "schemaOrTexts": lambda found: found.get("property") or found.get("schema"),
}
