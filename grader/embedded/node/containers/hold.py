"""Holding a fast clock while a shell works, and letting it run while the shell waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from grader.embedded.clock import Clock

_LONGEST = 0.5


class Hold:
    """A hold of the clock that commands give up while they wait, and take back while they write.

    After half a real second without a pause it ends by itself: a shell that only computes must not stop the
    cluster's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stack: ExitStack | None = None
        self._scripts = 0
        self._waiting = 0
        self._working = 0
        self._guard: asyncio.TimerHandle | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """While a script runs."""
        with self._counted("_scripts"):
            yield

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """While one of the script's commands waits for time, the network or input."""
        with self._counted("_waiting"):
            yield

    @contextmanager
    def working(self) -> Iterator[None]:
        """Within `waiting`: while the command does something that needs no cluster time after all."""
        with self._counted("_working"):
            yield

    @contextmanager
    def _counted(self, name: str) -> Iterator[None]:
        setattr(self, name, getattr(self, name) + 1)
        self._update()
        try:
            yield
        finally:
            setattr(self, name, getattr(self, name) - 1)
            self._update()

    def _update(self) -> None:
        wanted = self._scripts > 0 and (not self._waiting or self._working > 0)
        if wanted and self._stack is None:
            self._stack = ExitStack()
            self._stack.enter_context(self._clock.hold())
            self._guard = asyncio.get_running_loop().call_later(_LONGEST, self._release)
        elif not wanted:
            self._release()

    def _release(self) -> None:
        if self._guard is not None:
            self._guard.cancel()
            self._guard = None
        if self._stack is not None:
            self._stack.close()
            self._stack = None
