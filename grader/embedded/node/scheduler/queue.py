"""The pods that wait for a node: those to be tried, by priority, and those that fit nowhere for now."""

from __future__ import annotations

import heapq
import itertools

from grader.embedded.node.scheduler.pods import PodInfo
from grader.embedded.objects import Key, Obj


class Queue:
    """Each pod is in one place: to be tried, or waiting."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Key]] = []
        self._active: dict[Key, int] = {}
        self._waiting: dict[Key, tuple[int, PodInfo]] = {}
        self._order: dict[Key, int] = {}
        self._count = itertools.count()
        self._seen: dict[Key, Obj] = {}

    def __bool__(self) -> bool:
        return bool(self._active)

    @property
    def waiting(self) -> bool:
        """Whether pods wait that fitted nowhere."""
        return bool(self._waiting)

    @property
    def anxious(self) -> bool:
        """Whether a pod waits that wants to be near another."""
        return any(pod.affinity for _, pod in self._waiting.values() if pod.has_pod_affinity)

    def offer(self, key: Key, spec: Obj) -> None:
        """A pod without a node came or changed. One whose spec is the same keeps waiting."""
        seen = self._seen.get(key)
        if seen is spec or seen == spec:
            return
        self._seen[key] = spec
        self._waiting.pop(key, None)
        self._push(key, spec.get("priority") or 0)

    def pop(self) -> Key | None:
        """The next pod to try: the most important, then the one that came first."""
        while self._heap:
            _, number, key = heapq.heappop(self._heap)
            if self._active.get(key) == number:
                del self._active[key]
                return key
        return None

    def wait(self, key: Key, pod: PodInfo) -> None:
        """A pod fitted nowhere: try it again when something changes."""
        if key not in self._active and key in self._seen:
            self._waiting[key] = (pod.priority, pod)

    def reconsider(self) -> bool:
        """Try all that wait again; whether there are any."""
        waiting, self._waiting = self._waiting, {}
        for key, (priority, _) in waiting.items():
            self._push(key, priority)
        return bool(waiting)

    def remove(self, key: Key) -> None:
        """A pod has a node, or is gone."""
        if self._seen.pop(key, None) is not None:
            self._active.pop(key, None)
            self._waiting.pop(key, None)
            self._order.pop(key, None)

    def _push(self, key: Key, priority: int) -> None:
        if key in self._active:
            return
        number = self._order.get(key)
        if number is None:
            number = self._order[key] = next(self._count)
        self._active[key] = number
        heapq.heappush(self._heap, (-priority, number, key))
