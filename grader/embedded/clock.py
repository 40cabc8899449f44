"""The cluster's clock. Everything that waits, waits on it; everything that is stamped, is stamped by it.

`RealClock` is the wall clock. `FastClock` runs ahead to the next timer whenever nothing but timers is left
to wait for, so that back-offs, probe periods and grace times cost a grader no real time.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Timer(Protocol):
    """A pending call that can be taken back."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """Cluster time, in seconds since the epoch."""

    def now(self) -> float: ...

    def call_later(self, delay: float, callback: Callable[[], object]) -> Timer:
        """Call back after `delay` seconds of cluster time."""
        ...

    async def sleep(self, delay: float) -> None:
        """Wait for `delay` seconds of cluster time."""
        ...

    def busy(self) -> None:
        """Say that the cluster was asked something: a fast clock waits a moment before it runs ahead."""
        ...

    def hold(self) -> AbstractContextManager[None]:
        """While held, work is under way that needs no time: a fast clock does not run ahead of it."""
        ...

    def close(self) -> None: ...


def timestamp(seconds: float) -> str:
    """Time as Kubernetes' `Time` type prints it: RFC 3339, UTC, whole seconds."""
    return _stamp(int(seconds))


@lru_cache(maxsize=1024)
def _stamp(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def micro_timestamp(seconds: float) -> str:
    """Time as Kubernetes' `MicroTime` type prints it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_timestamp(text: str) -> float:
    """Seconds since the epoch of an RFC 3339 time. Raises ValueError when it is none."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class RealClock:
    """Cluster time is the machine's time."""

    def now(self) -> float:
        return time.time()

    def call_later(self, delay: float, callback: Callable[[], object]) -> Timer:
        return asyncio.get_running_loop().call_later(max(delay, 0), callback)

    async def sleep(self, delay: float) -> None:
        await asyncio.sleep(max(delay, 0))

    def busy(self) -> None:
        """Real time does not run ahead."""

    def hold(self) -> AbstractContextManager[None]:
        return nullcontext()

    def close(self) -> None:
        """Nothing to give back: pending calls belong to the event loop."""


class _Pending:
    """A timer of the fast clock."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class FastClock:
    """Cluster time that jumps to the next timer once the process has been idle for `pause` real seconds.

    `horizon` bounds how far it may run ahead of the last question anyone asked: a crash loop nobody looks at
    does not spin for ever. After that, time goes on at the wall clock's pace until somebody asks again.
    """

    def __init__(self, *, pause: float = 0.001, horizon: float = 900.0, start: float | None = None) -> None:
        self._now = time.time() if start is None else start
        self._real = time.monotonic()
        self._pause = pause
        self._horizon = horizon
        self._asked = self._now
        self._heap: list[tuple[float, int, _Pending]] = []
        self._order = itertools.count()
        self._held = 0
        self._wake: asyncio.TimerHandle | None = None

    def now(self) -> float:
        self._follow()
        return self._now

    def call_later(self, delay: float, callback: Callable[[], object]) -> Timer:
        pending = _Pending(callback)
        heapq.heappush(self._heap, (self.now() + max(delay, 0), next(self._order), pending))
        self._arm()
        return pending

    async def sleep(self, delay: float) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def finish() -> None:
            if not done.done():
                done.set_result(None)

        timer = self.call_later(delay, finish)
        try:
            await done
        finally:
            timer.cancel()

    def busy(self) -> None:
        self._asked = self.now()
        self._arm()

    @contextmanager
    def hold(self) -> Iterator[None]:
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if not self._held:
                self._arm()

    def close(self) -> None:
        self._heap.clear()
        if self._wake is not None:
            self._wake.cancel()

    def _follow(self) -> None:
        """Cluster time never falls behind the wall clock's pace."""
        real = time.monotonic()
        self._now += real - self._real
        self._real = real

    def _arm(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        while self._heap and self._heap[0][2].callback is None:
            heapq.heappop(self._heap)
        if not self._heap or self._held:
            return
        due = self._heap[0][0]
        ahead = due <= self._asked + self._horizon
        delay = self._pause if ahead else max(due - self._now, self._pause)
        self._wake = asyncio.get_running_loop().call_later(delay, self._advance)

    def _advance(self) -> None:
        """Jump to the first timer and call every one that is due then."""
        self._wake = None
        if self._held:
            return
        self._follow()
        if self._heap:
            self._now = max(self._now, self._heap[0][0])
        while self._heap and self._heap[0][0] <= self._now:
            _, _, pending = heapq.heappop(self._heap)
            if pending.callback is not None:
                pending.callback()
        self._arm()
