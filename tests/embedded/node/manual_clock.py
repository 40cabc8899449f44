"""A clock that tests move by hand."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any


class ManualClock:
    """Time stands still until a test moves it."""

    def __init__(self) -> None:
        self._now = 1_800_000_000.0
        self._heap: list[tuple[float, int, list[Callable[[], object] | None]]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    def call_later(self, delay: float, callback: Callable[[], object]) -> Any:
        cell: list[Callable[[], object] | None] = [callback]
        heapq.heappush(self._heap, (self._now + max(delay, 0), next(self._order), cell))

        class Handle:
            def cancel(self) -> None:
                cell[0] = None

        return Handle()

    async def sleep(self, delay: float) -> None:
        done = asyncio.get_running_loop().create_future()
        timer = self.call_later(delay, lambda: done.done() or done.set_result(None))
        try:
            await done
        finally:
            timer.cancel()

    def busy(self) -> None: ...

    def hold(self) -> AbstractContextManager[None]:
        return nullcontext()

    def close(self) -> None: ...

    async def settle(self) -> None:
        """Let everything that needs no time happen."""
        for _ in range(40):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Move time on, calling timers one after the other."""
        await self.settle()
        end = self._now + seconds
        while self._heap and self._heap[0][0] <= end:
            at, _, cell = heapq.heappop(self._heap)
            if cell[0] is None:
                continue
            self._now = max(self._now, at)
            cell[0]()
            await self.settle()
        self._now = end
        await self.settle()
