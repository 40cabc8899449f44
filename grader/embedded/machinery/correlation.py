"""Which events are written, and as what: many like ones are combined, and floods are cut off.

As client-go's event correlator does (k8s.io/client-go, package tools/record): from the tenth different message
of one reason within ten minutes on, one combined event stands for all; and one component writes about one object
25 times at first, then once every five minutes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from grader.embedded.objects import Obj

_SIMILAR = 10
_WINDOW = 600.0
_BURST = 25.0
_REFILL = 1 / 300
_REMEMBERED = 4096
_COMBINED = "(combined from similar events): "

Signature = tuple[str, ...]
_T = TypeVar("_T")


@dataclass(slots=True)
class _Similar:
    """The different messages of one reason about one object."""

    messages: set[str] = field(default_factory=set)
    last: float = 0.0


@dataclass(slots=True)
class _Bucket:
    """How many more events may be written about one object."""

    left: float = _BURST
    since: float = 0.0

    def take(self, now: float) -> bool:
        self.left = min(self.left + (now - self.since) * _REFILL, _BURST)
        self.since = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Correlator:
    """What one component has said lately."""

    def __init__(self) -> None:
        self._similar: dict[Signature, _Similar] = {}
        self._buckets: dict[Signature, _Bucket] = {}

    def judge(self, reference: Obj, kind: str, reason: str, message: str, now: float) -> tuple[Signature, str] | None:
        """What tells this event from others, and its message as it is written; None for one that is dropped."""
        about = (reference["kind"], reference.get("namespace", ""), reference["name"], reference.get("uid", ""))
        path = reference.get("fieldPath", "")
        group = (*about, path, kind, reason)
        signature: Signature = (*group, message)
        if self._is_one_of_many(group, message, now):
            signature, message = group, _COMBINED + message
        bucket = _remembered(self._buckets, about)
        if bucket is None:
            bucket = self._buckets[about] = _Bucket(since=now)
        return (signature, message) if bucket.take(now) else None

    def _is_one_of_many(self, group: Signature, message: str, now: float) -> bool:
        similar = _remembered(self._similar, group)
        if similar is None or now - similar.last > _WINDOW:
            similar = self._similar[group] = _Similar()
        similar.last = now
        if len(similar.messages) < _SIMILAR:
            similar.messages.add(message)
        return len(similar.messages) >= _SIMILAR


def _remembered(kept: dict[Signature, _T], key: Signature) -> _T | None:
    """The value of a key, after making room for one more."""
    if key not in kept and len(kept) >= _REMEMBERED:
        del kept[next(iter(kept))]
    return kept.get(key)
