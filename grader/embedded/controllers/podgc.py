"""Pods whose node is gone go too (k8s.io/docs/concepts/workloads/pods/pod-lifecycle, "Garbage collection of Pods")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.clock import Clock, parse_timestamp, timestamp
from grader.embedded.controllers import conditions
from grader.embedded.controllers.base import Controller, Mapper
from grader.embedded.controllers.pods import has_ended
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, Obj, clone, key_of
from grader.embedded.store import Event, EventType

_QUARANTINE = 40.0
_MOST_ENDED = 12_500
_ENDED = Key("", "")


class PodGarbageCollector(Controller):
    """Clears away pods of absent nodes, and the oldest ended pods once there are very many. Keys are nodes' names."""

    name = "pod-garbage-collector"

    def __init__(self, client: Client, clock: Clock, events: EventRecorder) -> None:
        super().__init__(client, clock, events)
        self._missing_since: dict[str, float] = {}

    def watches(self) -> Mapping[str, Mapper]:
        return {"nodes": self._node_changed, "pods": self._pod_changed}

    def resync(self) -> Iterable[Key]:
        names = {pod["spec"].get("nodeName", "") for pod in self.client.each("pods")}
        return [Key("", name) for name in names if name and self.client.get("nodes", "", name) is None]

    def _node_changed(self, event: Event) -> Iterable[Key]:
        return (event.key,) if event.type is EventType.DELETED else ()

    def _pod_changed(self, event: Event) -> Iterable[Key]:
        node = event.object["spec"].get("nodeName")
        if node and event.type is not EventType.DELETED and self.client.get("nodes", "", node) is None:
            yield Key("", node)
        if has_ended(event.object) and event.old is not None and not has_ended(event.old):
            yield _ENDED

    def reconcile(self, key: Key) -> float | None:
        if key == _ENDED:
            self._clear_ended()
            return None
        if self.client.get("nodes", *key) is not None:
            self._missing_since.pop(key.name, None)
            return None
        now = self.clock.now()
        since = self._missing_since.setdefault(key.name, now)
        if now - since < _QUARANTINE:
            return since + _QUARANTINE - now
        for pod in [pod for pod in self.client.each("pods") if pod["spec"].get("nodeName") == key.name]:
            self._clear(pod)
        del self._missing_since[key.name]
        return None

    def _clear(self, pod: Obj) -> None:
        if not has_ended(pod):
            changed = clone(pod)
            status = changed.setdefault("status", {})
            status["phase"] = "Failed"
            conditions.set_in_place(
                status.setdefault("conditions", []),
                {
                    "type": "DisruptionTarget",
                    "status": "True",
                    "lastProbeTime": None,
                    "lastTransitionTime": timestamp(self.clock.now()),
                    "reason": "DeletionByPodGC",
                    "message": "PodGC: node no longer exists",
                },
            )
            self.client.update_status("pods", changed)
        self.client.delete("pods", *key_of(pod), uid=pod["metadata"]["uid"], grace=0)

    def _clear_ended(self) -> None:
        ended = [pod for pod in self.client.each("pods") if has_ended(pod)]
        ended.sort(key=lambda pod: parse_timestamp(pod["metadata"]["creationTimestamp"]))
        for pod in ended[: max(len(ended) - _MOST_ENDED, 0)]:
            self.client.delete("pods", *key_of(pod), uid=pod["metadata"]["uid"], grace=0)
