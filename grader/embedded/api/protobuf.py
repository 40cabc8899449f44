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

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import orjson

from grader.embedded.api.protobuf_wire import BYTES, SCALARS, VARINT, packed, read_fields
from grader.embedded.objects import Obj

MAGIC = b"k8s\0"
_DEEPEST = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZERO_TIME = -62135596800  # the year 1 in seconds since 1970: Go's time that is none


class _Field(NamedTuple):
    """`shape` is one, rep, map or inl (embedded); `type` a scalar's name or a message's index; `name` is JSON's."""

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
    parts = {
        number: body[start:stop] for number, wire, start, stop in read_fields(body, len(MAGIC), len(body)) if wire == 2
    }
    type_meta = parts.get(1, b"")
    names = {n: type_meta[a:b].decode() for n, wire, a, b in read_fields(type_meta, 0, len(type_meta)) if wire == 2}
    api_version, kind = names.get(1, ""), names.get(2, "")
    if parts.get(3):
        raise ValueError(f"unsupported content encoding {parts[3][:40].decode()!r}: send the message as it is")
    tables = _tables()
    index = tables.kinds.get(api_version, {}).get(kind, tables.kinds["*"].get(kind))
    if index is None:
        raise ValueError(f'no kind "{kind}" is registered for version "{api_version}"')
    raw = parts.get(2, b"")
    fields = _decode(tables.messages, index, raw, 0, len(raw), 0)
    return {"apiVersion": api_version, "kind": kind, **fields}


def _decode(messages: list[_Message], index: int, data: bytes, start: int, end: int, depth: int) -> Any:
    """The JSON value of a message, None when it stands for nothing (a zero time)."""
    message = messages[index]
    if message.special and not message.fields:
        return _SPECIAL[message.special](data[start:end])
    out: Obj = {}
    _decode_into(out, messages, index, data, start, end, depth)
    return _SCHEMAS[message.special](out) if message.special else out


def _decode_into(out: Obj, messages: list[_Message], index: int, data: bytes, start: int, end: int, depth: int) -> None:
    """Add a message's fields to an object. Embedded structs go into the same object; unknown fields are skipped."""
    fields = messages[index].fields
    for number, wire, a, b in read_fields(data, start, end):
        field = fields.get(number)
        if field is None:
            continue
        name, shape = field.name, field.shape
        if shape == "one":
            value = _value(messages, field, wire, data, a, b, depth)
            if value or (field.keeps_zero and value is not None):
                out[name] = value
        elif shape == "rep":
            out.setdefault(name, []).extend(_elements(messages, field, wire, data, a, b, depth))
        elif wire != BYTES:
            raise _wrong_wire(wire, name)
        elif shape == "map":
            key, value = _entry(messages, field, data, a, b, depth)
            out.setdefault(name, {})[key] = value
        else:
            _decode_into(out, messages, int(field.type), data, a, b, _deeper(depth))


def _value(messages: list[_Message], field: _Field, wire: int, data: bytes, a: int, b: int, depth: int) -> Any:
    """The JSON value of one scalar or message."""
    kind = field.type
    wanted, convert = SCALARS[kind] if isinstance(kind, str) else (BYTES, None)
    if wire != wanted:
        raise _wrong_wire(wire, field.name)
    return convert(data, a, b) if convert else _decode(messages, int(kind), data, a, b, _deeper(depth))


def _elements(
    messages: list[_Message], field: _Field, wire: int, data: bytes, a: int, b: int, depth: int
) -> Iterator[Any]:
    """The values of one occurrence of a repeated field: several when numbers are packed."""
    wanted, convert = SCALARS[field.type] if isinstance(field.type, str) else (BYTES, None)
    if convert and wire == BYTES != wanted:
        yield from (convert(data, value, stop) for value, stop in packed(wanted, data, a, b))
    else:
        yield _value(messages, field, wire, data, a, b, depth)


def _entry(messages: list[_Message], field: _Field, data: bytes, start: int, end: int, depth: int) -> tuple[str, Any]:
    """Key and value of a map's entry, a message of fields 1 and 2; a value that is not written is zero."""
    key = ""
    value: Any = None
    for number, wire, a, b in read_fields(data, start, end):
        if number == 1:
            if wire != BYTES:
                raise _wrong_wire(wire, field.name)
            key = data[a:b].decode()
        elif number == 2:
            value = _value(messages, field, wire, data, a, b, depth)
    if value is None:
        value = _value(messages, field, BYTES, b"", 0, 0, depth)
    return key, value


def _wrong_wire(wire: int, field: str) -> ValueError:
    return ValueError(f"wrong wireType = {wire} for field {field}")


def _deeper(depth: int) -> int:
    if depth >= _DEEPEST:
        raise ValueError(f"messages nested deeper than {_DEEPEST}")
    return depth + 1


# Messages that are something else in JSON


def _simple(data: bytes) -> dict[int, Any]:
    """Field number → integer or bytes, the last of each."""
    return {n: a if wire == VARINT else data[a:b] for n, wire, a, b in read_fields(data, 0, len(data))}


def _number(fields: dict[int, Any], tag: int) -> int:
    """A signed integer, 0 when it is not written."""
    value = fields.get(tag, 0)
    if not isinstance(value, int):
        raise _wrong_wire(BYTES, str(tag))
    return value if value < 1 << 63 else value - (1 << 64)


def _bytes_of(fields: dict[int, Any], tag: int) -> bytes:
    value = fields.get(tag, b"")
    if not isinstance(value, bytes):
        raise _wrong_wire(VARINT, str(tag))
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
    return _bytes_of(fields, 3).decode() if _number(fields, 1) == 1 else _number(fields, 2)


def _raw(data: bytes) -> Any:
    """JSON inside of protobuf (RawExtension, FieldsV1, JSON)."""
    text = _bytes_of(_simple(data), 1)
    if text.startswith(MAGIC):
        raise ValueError("an embedded object in protobuf is not accepted: embed it as JSON")
    return orjson.loads(text) if text else None


def _items(data: bytes) -> list[str]:
    return [data[a:b].decode() for n, wire, a, b in read_fields(data, 0, len(data)) if n == 1 and wire == BYTES]


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
