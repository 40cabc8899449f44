"""The server's side of SPDY/3.1, as much as port-forwarding needs (the SPDY Protocol, draft 3.1).

kubectl tunnels it through a WebSocket. A session is a pure state machine: bytes in, frames out.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_SYN_STREAM, _SYN_REPLY, _RST_STREAM, _SETTINGS, _PING, _GOAWAY = 1, 2, 3, 4, 6, 7
_FIN = 1
_VERSION = 3
_LARGEST_FRAME = 1 << 20
_LARGEST_HEADERS = 1 << 16


class SpdyError(Exception):
    """Bytes that are no SPDY, or more of it than is sound."""


@dataclass(frozen=True, slots=True)
class StreamOpened:
    """A client opened a stream."""

    stream: int
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class DataReceived:
    """Bytes on a stream; `last` when the client will send no more."""

    stream: int
    data: bytes
    last: bool


@dataclass(frozen=True, slots=True)
class StreamReset:
    """A client gave a stream up."""

    stream: int


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes that must go back as they are."""

    data: bytes


Frame = StreamOpened | DataReceived | StreamReset | Reply


@cache
def _dictionary() -> bytes:
    return files("grader.embedded.api").joinpath("data/spdy3-dictionary.bin").read_bytes()


class Session:
    """One connection. Header blocks share a compression state in each direction."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._inflate = zlib.decompressobj(zdict=_dictionary())
        self._deflate = zlib.compressobj(zdict=_dictionary())

    def receive(self, data: bytes) -> Iterator[Frame]:
        """The frames that some more bytes complete. Raises SpdyError."""
        self._buffer += data
        while len(self._buffer) >= 8:
            first, second = struct.unpack_from(">II", self._buffer)
            length = second & 0xFFFFFF
            if length > _LARGEST_FRAME:
                raise SpdyError("a frame is larger than 1 MiB")
            if len(self._buffer) < 8 + length:
                return
            body = bytes(self._buffer[8 : 8 + length])
            del self._buffer[: 8 + length]
            flags = second >> 24
            if first & 0x80000000:
                yield from self._control(first & 0xFFFF, flags, body)
            else:
                yield DataReceived(first & 0x7FFFFFFF, body, bool(flags & _FIN))

    def _control(self, kind: int, flags: int, body: bytes) -> Iterator[Frame]:
        if kind == _SYN_STREAM:
            if len(body) < 10:
                raise SpdyError("a SYN_STREAM frame is cut short")
            stream = struct.unpack_from(">I", body)[0] & 0x7FFFFFFF
            yield StreamOpened(stream, self._headers(body[10:]))
            yield Reply(self._syn_reply(stream))
            if flags & _FIN:
                yield DataReceived(stream, b"", True)
        elif kind == _RST_STREAM and len(body) >= 4:
            yield StreamReset(struct.unpack_from(">I", body)[0] & 0x7FFFFFFF)
        elif kind == _PING:
            yield Reply(_frame(_PING, 0, body))

    def _headers(self, packed: bytes) -> dict[str, str]:
        try:
            raw = self._inflate.decompress(packed, _LARGEST_HEADERS)
            (count,) = struct.unpack_from(">I", raw)
            place = 4
            headers = {}
            for _ in range(min(count, 256)):
                name, place = _text(raw, place)
                value, place = _text(raw, place)
                headers[name.lower()] = value
        except (zlib.error, struct.error) as error:
            raise SpdyError(f"a header block cannot be read: {error}") from error
        return headers

    def _syn_reply(self, stream: int) -> bytes:
        block = self._deflate.compress(struct.pack(">I", 0)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return _frame(_SYN_REPLY, 0, struct.pack(">I", stream) + block)

    @staticmethod
    def data(stream: int, data: bytes, last: bool = False) -> bytes:
        """A DATA frame."""
        return struct.pack(">II", stream, (_FIN if last else 0) << 24 | len(data)) + data

    @staticmethod
    def reset(stream: int) -> bytes:
        """A frame that gives a stream up (CANCEL)."""
        return _frame(_RST_STREAM, 0, struct.pack(">II", stream, 5))


def _frame(kind: int, flags: int, body: bytes) -> bytes:
    return struct.pack(">HHI", 0x8000 | _VERSION, kind, flags << 24 | len(body)) + body


def _text(raw: bytes, place: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">I", raw, place)
    end = place + 4 + length
    if end > len(raw):
        raise SpdyError("a header is cut short")
    return raw[place + 4 : end].decode("latin-1"), end
