"""The log buffer: lines, times, bounds, followers."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.node.containers.logs import LogBuffer
from tests.embedded.node.manual_clock import ManualClock


def texts(logs: LogBuffer) -> list[bytes]:
    return [line.text for line in logs.lines()]


def test_lines_are_cut_at_newlines_and_stamped_when_complete() -> None:
    clock = ManualClock()
    logs = LogBuffer(clock)
    logs.write("stdout", b"one\ntw")
    logs.write("stderr", b"err\n")
    assert texts(logs) == [b"one", b"err"]
    logs.write("stdout", b"o\n")
    assert texts(logs) == [b"one", b"err", b"two"]
    logs.write("stdout", b"rest")
    logs.close()
    assert logs.lines()[-1].partial


async def test_the_tail_and_what_came_since() -> None:
    clock = ManualClock()
    logs = LogBuffer(clock)
    for number in range(5):
        logs.write("stdout", b"%d\n" % number)
        await clock.advance(10)
    assert [line.text for line in logs.lines(tail=2)] == [b"3", b"4"]
    assert [line.text for line in logs.lines(since=clock.now() - 25)] == [b"3", b"4"]
    assert [line.text for line in logs.lines(limit_bytes=3)] == [b"0", b"1"]
    assert logs.tail_text(2) == "3\n4\n"
    assert logs.tail_text(5, 3) == "\n4\n"


async def test_a_follower_sees_what_comes_until_the_end() -> None:
    logs = LogBuffer(ManualClock())
    logs.write("stdout", b"before\n")
    seen: list[bytes] = []

    async def follow() -> None:
        async for line in logs.follow(tail=0):
            seen.append(line.text)

    work = asyncio.ensure_future(follow())
    await asyncio.sleep(0)
    for text in (b"a\n", b"b\nc\n"):
        logs.write("stdout", text)
        await asyncio.sleep(0)
    logs.close()
    await asyncio.wait_for(work, 5)
    assert seen == [b"a", b"b", b"c"]


def test_more_than_the_bound_drops_the_oldest() -> None:
    logs = LogBuffer(ManualClock())
    for number in range(12):
        logs.write("stdout", b"%02d" % number + b"x" * (1024 * 1024) + b"\n")
    total = sum(len(line.text) for line in logs.lines())
    assert total <= 10 * 1024 * 1024
    assert logs.lines()[-2].text != b""
    assert not logs.lines()[0].text.startswith(b"00")


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_nothing_is_lost_or_added(pieces: list[bytes]) -> None:
    logs = LogBuffer(ManualClock())
    for piece in pieces:
        logs.write("stdout", piece)
    logs.close()
    assert b"".join(line.text + (b"" if line.partial else b"\n") for line in logs.lines()) == b"".join(pieces)
