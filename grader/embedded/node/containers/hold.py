"""Holding a fast clock while a shell works, and letting it run while the shell waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from grader.embedded.clock import Clock

_LONGEST = 0.5


class Hold:
    """A hold of the clock that commands give up while they wait.

    After half a real second without a command that waits the hold ends by itself: a shell that only computes
    must not stop the cluster's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stack: ExitStack | None = None
        self._waiting = 0
        self._guard: asyncio.TimerHandle | None = None

    def take(self) -> None:
        if self._stack is None:
            self._stack = ExitStack()
            self._stack.enter_context(self._clock.hold())
            self._guard = asyncio.get_running_loop().call_later(_LONGEST, self.release)

    def release(self) -> None:
        if self._guard is not None:
            self._guard.cancel()
            self._guard = None
        if self._stack is not None:
            self._stack.close()
            self._stack = None

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """While a command waits for time, the network or input."""
        self._waiting += 1
        self.release()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self.take()
