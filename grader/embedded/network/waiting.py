"""Waiting with a limit in cluster time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from grader.embedded.clock import Clock

T = TypeVar("T")


async def within(clock: Clock, seconds: float | None, awaitable: Awaitable[T]) -> T:
    """The awaitable's result; TimeoutError when it is not there after `seconds` of cluster time."""
    if seconds is None:
        return await awaitable
    task = asyncio.ensure_future(awaitable)
    late = False

    def expire() -> None:
        nonlocal late
        late = not task.done()
        task.cancel()

    timer = clock.call_later(seconds, expire)
    try:
        return await task
    except asyncio.CancelledError:
        if late:
            raise TimeoutError from None
        task.cancel()
        raise
    finally:
        timer.cancel()
