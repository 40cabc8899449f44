"""The fast clock runs ahead to its timers, and no further than it should."""

from __future__ import annotations

import asyncio
import time

from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.clock import FastClock, RealClock, micro_timestamp, parse_timestamp, timestamp


async def test_an_hour_passes_in_no_time() -> None:
    clock = FastClock(horizon=7200)
    began, real = clock.now(), time.monotonic()
    await clock.sleep(3600)
    assert clock.now() - began >= 3600
    assert time.monotonic() - real < 5
    clock.close()


async def test_timers_fire_in_the_order_of_their_time() -> None:
    clock = FastClock()
    order: list[int] = []
    done = asyncio.Event()
    for delay in (30, 10, 20):
        clock.call_later(delay, lambda delay=delay: order.append(delay))
    clock.call_later(40, done.set)
    await done.wait()
    assert order == [10, 20, 30]
    clock.close()


async def test_a_cancelled_timer_does_not_fire() -> None:
    clock = FastClock()
    fired: list[str] = []
    clock.call_later(10, lambda: fired.append("cancelled")).cancel()
    await clock.sleep(20)
    assert fired == []
    clock.close()


async def test_time_stands_while_work_is_held() -> None:
    clock = FastClock()
    fired: list[str] = []
    with clock.hold():
        clock.call_later(100, lambda: fired.append("late"))
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert fired == []
    await clock.sleep(101)
    assert fired == ["late"]
    clock.close()


async def test_beyond_the_horizon_time_goes_on_only_when_somebody_asks() -> None:
    clock = FastClock(horizon=50)
    fired: list[str] = []
    clock.call_later(100, lambda: fired.append("far"))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert fired == []
    await clock.sleep(40)
    clock.busy()
    await clock.sleep(30)
    clock.busy()
    await clock.sleep(40)
    assert fired == ["far"]
    clock.close()


async def test_the_real_clock_is_the_machines() -> None:
    clock = RealClock()
    assert abs(clock.now() - time.time()) < 1
    await clock.sleep(0)


@given(st.integers(min_value=0, max_value=4_000_000_000))
def test_timestamps_survive_a_round_trip(seconds: int) -> None:
    assert parse_timestamp(timestamp(seconds)) == seconds
    assert parse_timestamp(micro_timestamp(seconds)) == seconds
