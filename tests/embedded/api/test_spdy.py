"""SPDY sessions: frames out of bytes, whatever their pieces, and no fault for bytes that are none."""

from __future__ import annotations

import contextlib
import struct
import zlib
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.api.streams.spdy import DataReceived, Frame, Reply, Session, SpdyError, StreamOpened


def _syn_stream(stream: int, headers: dict[str, str]) -> bytes:
    dictionary = files("grader.embedded.api").joinpath("data/spdy3-dictionary.bin").read_bytes()
    packer = zlib.compressobj(zdict=dictionary)
    raw = struct.pack(">I", len(headers))
    for name, value in headers.items():
        raw += struct.pack(">I", len(name)) + name.encode() + struct.pack(">I", len(value)) + value.encode()
    block = packer.compress(raw) + packer.flush(zlib.Z_SYNC_FLUSH)
    body = struct.pack(">IIH", stream, 0, 0) + block
    return struct.pack(">HHI", 0x8003, 1, len(body)) + body


def _received(pieces: list[bytes]) -> list[Frame]:
    session = Session()
    return [frame for piece in pieces for frame in session.receive(piece)]


@given(st.integers(min_value=1, max_value=80))
def test_frames_do_not_depend_on_how_the_bytes_are_cut(size: int) -> None:
    text = _syn_stream(1, {"streamtype": "data", "port": "80"}) + Session.data(1, b"hello", last=True)
    frames = _received([text[i : i + size] for i in range(0, len(text), size)])
    assert StreamOpened(1, {"streamtype": "data", "port": "80"}) in frames
    assert frames[-1] == DataReceived(1, b"hello", True)


def test_a_stream_is_acknowledged_and_a_ping_returned() -> None:
    replies = [
        f for f in _received([_syn_stream(3, {}), struct.pack(">HHII", 0x8003, 6, 4, 7)]) if isinstance(f, Reply)
    ]
    assert replies[0].data[:4] == struct.pack(">HH", 0x8003, 2)
    assert replies[1].data == struct.pack(">HHII", 0x8003, 6, 4, 7)


@given(st.binary(max_size=300))
def test_any_bytes_give_frames_or_a_spdy_error(data: bytes) -> None:
    with contextlib.suppress(SpdyError):
        _received([data])
