"""Pauses between tries that keep failing."""

from __future__ import annotations

from collections.abc import Hashable

from grader.embedded.clock import Clock


class Backoff:
    """Pauses that double from `first` to `longest` seconds, and are forgotten after twice the longest in peace."""

    def __init__(self, clock: Clock, *, first: float = 1.0, longest: float = 900.0) -> None:
        self.now = clock.now
        self._first = first
        self._longest = longest
        self._tries: dict[Hashable, tuple[int, float]] = {}

    def pause(self, what: Hashable) -> float:
        """Seconds left until the next try. 0 means try now, and counts as a try."""
        now = self.now()
        self._forget(now)
        count, since = self._tries.get(what, (0, now))
        if count:
            left: float = since + min(self._first * 2 ** (count - 1), self._longest) - now
            if left > 0:
                return left
        self._tries[what] = (min(count + 1, 30), now)
        return 0.0

    def _forget(self, now: float) -> None:
        for what in [what for what, (_, since) in self._tries.items() if now - since > 2 * self._longest]:
            del self._tries[what]
