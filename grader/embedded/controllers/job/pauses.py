"""How long a job waits before it replaces a failed pod: ten seconds, doubling up to ten minutes."""

from __future__ import annotations

from collections.abc import Sequence

_FIRST = 10.0
_LONGEST = 600.0


def pause_after(failures: int) -> float:
    """Seconds after the last of so many failures in a row."""
    return min(_FIRST * 2.0 ** (failures - 1), _LONGEST) if failures else 0.0


class FailureRecord:
    """Failures in a row, by job."""

    def __init__(self) -> None:
        self._jobs: dict[str, tuple[int, float]] = {}

    def left(self, uid: str, new: Sequence[float], has_success: bool, now: float) -> float:
        """Seconds left until a job may create pods again. `new` are the ends of failures that are not yet noted."""
        count, last = (0, 0.0) if has_success else self._jobs.get(uid, (0, 0.0))
        if new:
            count, last = count + len(new), max(new)
        return max(last + pause_after(count) - now, 0.0) if count else 0.0

    def note(self, uid: str, new: Sequence[float], has_success: bool) -> None:
        """Remember failures, once they are in the job's counts."""
        count, last = (0, 0.0) if has_success else self._jobs.get(uid, (0, 0.0))
        if new or has_success:
            self._jobs[uid] = (count + len(new), max(new, default=last))

    def forget(self, uid: str) -> None:
        self._jobs.pop(uid, None)
