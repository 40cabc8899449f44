"""Back-off: how long to wait before a failure is tried again (k8s.io/client-go, package util/flowcontrol)."""

from __future__ import annotations

FIRST_SECONDS = 10.0
LAST_SECONDS = 300.0


class Backoff:
    """The waits of one container's restarts, or of one image's pulls. Times are cluster time."""

    __slots__ = ("_since", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        """How long the present wait is; 0 before the first failure."""
        self._since = 0.0

    def remaining(self, now: float, failed_at: float) -> float:
        """Seconds left to wait after a failure at `failed_at`; 0 or less when it may be tried now."""
        if not self.seconds or self._expired(failed_at):
            return 0.0
        return failed_at + self.seconds - now

    def next(self, now: float, failed_at: float) -> None:
        """A try is made: the wait after its failure is twice as long, ten seconds at first, five minutes at most."""
        if not self.seconds or self._expired(failed_at):
            self.seconds = FIRST_SECONDS
        else:
            self.seconds = min(self.seconds * 2, LAST_SECONDS)
        self._since = now

    def _expired(self, failed_at: float) -> bool:
        """Something that worked for ten minutes starts afresh."""
        return failed_at - self._since > 2 * LAST_SECONDS


def duration(seconds: float) -> str:
    """Whole and fractional seconds as Go prints a duration: `10s`, `1m20s`, `5m0s`, `1.2s`, `300ms`."""
    if seconds < 1:
        if seconds <= 0:
            return "0s"
        text = f"{seconds * 1000:.3f}".rstrip("0").rstrip(".")
        return f"{text}ms"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text
