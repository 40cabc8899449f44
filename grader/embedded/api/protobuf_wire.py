"""The wire format below protobuf messages: tags, varints, lengths, and what scalars become in JSON.

protobuf.dev/programming-guides/encoding. Everything malformed is a ValueError; reasons are worded as those of
Go's decoder, which a real API server shows.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator
from typing import Any

VARINT, _FIXED64, BYTES, _GROUP, _END_GROUP, _FIXED32 = range(6)


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
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


def read_fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """(field number, wire type, a, b) of each field: the integer and 0, or where the field's bytes begin and end."""
    open_groups: list[int] = []
    while at < end:
        tag, at = varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if number == 0 or number >= 1 << 29:
            raise ValueError(f"illegal tag {number} (wire type {wire})")
        if wire == VARINT:
            a, at = varint(data, at, end)
            b = 0
        elif wire in (_FIXED64, _FIXED32, BYTES):
            length, at = varint(data, at, end) if wire == BYTES else (8 if wire == _FIXED64 else 4, at)
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


def packed(wire: int, data: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """The numbers of a packed list, in the form that scalars' converters take."""
    while at < end:
        if wire == VARINT:
            value, at = varint(data, at, end)
            yield value, 0
        else:
            if at + 8 > end:
                raise ValueError("unexpected EOF")
            yield at, at + 8
            at += 8


def _int32(data: bytes, value: int, _: int) -> int:
    return ((value & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def _int64(data: bytes, value: int, _: int) -> int:
    return (value ^ (1 << 63)) - (1 << 63)


def _boolean(data: bytes, value: int, _: int) -> bool:
    return value != 0


def _double(data: bytes, start: int, stop: int) -> float:
    (value,) = struct.unpack("<d", data[start:stop]) if stop else (0.0,)
    return int(value) if value == value and abs(value) < 1 << 53 and value == int(value) else value


def _string(data: bytes, start: int, stop: int) -> str:
    return data[start:stop].decode()


def _as_base64(data: bytes, start: int, stop: int) -> str:
    return base64.b64encode(data[start:stop]).decode()


SCALARS: dict[str, tuple[int, Callable[[bytes, int, int], Any]]] = {
    "double": (_FIXED64, _double),
    "int32": (VARINT, _int32),
    "int64": (VARINT, _int64),
    "bool": (VARINT, _boolean),
    "string": (BYTES, _string),
    "bytes": (BYTES, _as_base64),
}
