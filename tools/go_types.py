"""The struct types that a Go program carries in its reflection data, read from an ELF binary.

The error texts of Kubernetes' decoder name Go types (`of type v1.RestartPolicy`), which no OpenAPI document
says. An official kubectl binary knows them all: every API type is registered in it. Layouts are those of
Go's package internal/abi for 64-bit little-endian machines, Go 1.22 to 1.26.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TYPE_SIZE = 48
_STRUCT_SIZE = _TYPE_SIZE + 32
_UNCOMMON, _EXTRA_STAR, _NAMED = 1, 2, 4
_KIND_MASK = 31
_ARRAY, _MAP, _POINTER, _SLICE, _STRUCT = 17, 21, 22, 23, 25
_HAS_TAG, _EMBEDDED = 2, 8


@dataclass(frozen=True)
class GoField:
    """A field of a struct; `type` is the type's address, `tag` the whole struct tag."""

    name: str
    type: int
    tag: str
    embedded: bool


class GoBinary:
    """Types are named by their address."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        self._sections = dict(self._read_sections())
        self._base = self._sections[".rodata"][0]

    def structs(self) -> dict[str, int]:
        """Every named struct type reachable from the type links: `package/path.Name` to its address."""
        found: dict[str, int] = {}
        _, offset, size = self._sections[".typelink"]
        waiting = [self._base + link for (link,) in struct.iter_unpack("<i", self._data[offset : offset + size])]
        seen: set[int] = set()
        while waiting:
            address = waiting.pop()
            if address in seen:
                continue
            seen.add(address)
            kind = self.kind(address)
            if kind == _STRUCT:
                if package := self.package(address):
                    found[f"{package}.{self.text(address).rpartition('.')[2]}"] = address
                waiting.extend(field.type for field in self.fields(address))
            elif kind in (_ARRAY, _POINTER, _SLICE):
                waiting.append(self.element(address))
            elif kind == _MAP:
                waiting.extend((self.key(address), self.element(address)))
        return found

    def kind(self, address: int) -> int:
        return self._bytes(address + 23, 1)[0] & _KIND_MASK

    def text(self, address: int) -> str:
        """The type as Go prints it: `[]v1.Container`."""
        flags = self._bytes(address + 20, 1)[0]
        text = self._name(self._base + self._int32(address + 40))[0]
        return text[1:] if flags & _EXTRA_STAR else text

    def package(self, address: int) -> str:
        """The import path of a named struct type, or nothing."""
        flags = self._bytes(address + 20, 1)[0]
        if not (flags & _NAMED and flags & _UNCOMMON):
            return ""
        offset = self._int32(address + _STRUCT_SIZE)
        return self._name(self._base + offset)[0] if offset else ""

    def element(self, address: int) -> int:
        """What a pointer, slice, array or map holds."""
        return self._pointer(address + _TYPE_SIZE + (8 if self.kind(address) == _MAP else 0))

    def key(self, address: int) -> int:
        return self._pointer(address + _TYPE_SIZE)

    def is_pointer(self, address: int) -> bool:
        return self.kind(address) == _POINTER

    def is_list(self, address: int) -> bool:
        return self.kind(address) == _SLICE

    def is_map(self, address: int) -> bool:
        return self.kind(address) == _MAP

    def is_struct(self, address: int) -> bool:
        return self.kind(address) == _STRUCT

    def fields(self, address: int) -> list[GoField]:
        start, count = struct.unpack("<QQ", self._bytes(address + _TYPE_SIZE + 8, 16))
        fields = []
        for at in range(start, start + 24 * count, 24):
            name, type_ = struct.unpack("<QQ", self._bytes(at, 16))
            text, tag, flags = self._name(name)
            fields.append(GoField(text, type_, tag, bool(flags & _EMBEDDED)))
        return fields

    def _name(self, address: int) -> tuple[str, str, int]:
        flags = self._bytes(address, 1)[0]
        text, end = self._text(address + 1)
        tag = self._text(end)[0] if flags & _HAS_TAG else ""
        return text, tag, flags

    def _text(self, address: int) -> tuple[str, int]:
        length = shift = 0
        while True:
            byte = self._bytes(address, 1)[0]
            address += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return self._bytes(address, length).decode(), address + length

    def _pointer(self, address: int) -> int:
        (value,) = struct.unpack("<Q", self._bytes(address, 8))
        return int(value)

    def _int32(self, address: int) -> int:
        (value,) = struct.unpack("<i", self._bytes(address, 4))
        return int(value)

    def _bytes(self, address: int, count: int) -> bytes:
        for start, offset, size in self._sections.values():
            if start <= address < start + size:
                return self._data[offset + address - start : offset + address - start + count]
        raise ValueError(f"address {address:#x} is in no section: is this a 64-bit, statically linked Go program?")

    def _read_sections(self) -> Iterator[tuple[str, tuple[int, int, int]]]:
        """Name to address, file offset and size, for sections that the file holds."""
        if self._data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("not a 64-bit little-endian ELF binary")
        (table,) = struct.unpack_from("<Q", self._data, 40)
        entry, count, names = struct.unpack_from("<HHH", self._data, 58)
        headers = [struct.unpack_from("<IIQQQQ", self._data, table + entry * index) for index in range(count)]
        text = headers[names][4]
        for name, kind, _, address, offset, size in headers:
            if address and kind != 8:
                start = text + name
                yield self._data[start : self._data.index(b"\0", start)].decode(), (address, offset, size)
