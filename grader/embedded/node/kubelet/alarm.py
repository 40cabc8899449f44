"""One pending wake-up: of several wishes the earliest counts."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.clock import Clock, Timer

_SOONEST = 0.001


class Alarm:
    """Calls back at the earliest time that was asked for since the last call."""

    __slots__ = ("_at", "_callback", "_clock", "_timer")

    def __init__(self, clock: Clock, callback: Callable[[], None]) -> None:
        self._clock = clock
        self._callback = callback
        self._timer: Timer | None = None
        self._at = 0.0

    def at(self, time: float) -> None:
        """Call back at a time (cluster time in seconds), or before if that was asked for already."""
        if self._timer is not None:
            if self._at <= time:
                return
            self._timer.cancel()
        self._at = time
        self._timer = self._clock.call_later(max(time - self._clock.now(), _SOONEST), self._ring)

    def cancel(self) -> None:
        """Do not call back any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        self._callback()
