"""How long kubelets may keep config maps and secrets in mind: a note on each node that grows with the cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.controllers.base import Controller, Mapper
from grader.embedded.objects import Key, annotations_of, clone, key_of
from grader.embedded.store import Event, EventType

_ANNOTATION = "node.alpha.kubernetes.io/ttl"
_STEPS = ((100, 0), (500, 15), (1000, 30), (2000, 60))
_LONGEST = 300


class NodeTtlController(Controller):
    """Keeps the annotation."""

    name = "ttl-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {"nodes": self._changed}

    def resync(self) -> Iterable[Key]:
        return [key_of(node) for node in self.client.each("nodes")]

    def _changed(self, event: Event) -> Iterable[Key]:
        if event.type is EventType.MODIFIED:
            return (event.key,) if _ANNOTATION not in annotations_of(event.object) else ()
        return self.resync()

    def reconcile(self, key: Key) -> float | None:
        node = self.client.get("nodes", *key)
        if node is None:
            return None
        wanted = str(seconds_for(sum(1 for _ in self.client.each("nodes"))))
        if annotations_of(node).get(_ANNOTATION) != wanted:
            changed = clone(node)
            changed["metadata"].setdefault("annotations", {})[_ANNOTATION] = wanted
            self.client.update("nodes", changed)
        return None


def seconds_for(nodes: int) -> int:
    """The time for a cluster of so many nodes."""
    return next((seconds for most, seconds in _STEPS if nodes <= most), _LONGEST)
