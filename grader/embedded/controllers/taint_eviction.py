"""Pods that do not tolerate a NoExecute taint leave its node, at once or when their patience ends.

k8s.io/docs/concepts/scheduling-eviction/taint-and-toleration, "Taint based Evictions".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.clock import parse_timestamp, timestamp
from grader.embedded.controllers import conditions
from grader.embedded.controllers.base import Controller, Mapper
from grader.embedded.controllers.pods import has_ended
from grader.embedded.node.scheduler.taints import tolerates
from grader.embedded.objects import Key, Obj, clone, is_terminating, key_of
from grader.embedded.store import Event, EventType


class TaintEvictionController(Controller):
    """Evicts pods from tainted nodes. Keys are those of pods."""

    name = "taint-eviction-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {"nodes": self._node_changed, "pods": self._pod_changed}

    def resync(self) -> Iterable[Key]:
        return [key_of(pod) for pod in self.client.each("pods") if self._taints(pod)]

    def _node_changed(self, event: Event) -> Iterable[Key]:
        now, before = executing(event.object), executing(event.old) if event.old is not None else []
        if now == before or event.type is EventType.DELETED:
            return ()
        name = event.key.name
        return [key_of(pod) for pod in self.client.each("pods") if pod["spec"].get("nodeName") == name]

    def _pod_changed(self, event: Event) -> Iterable[Key]:
        if event.type is EventType.DELETED or not self._taints(event.object):
            return ()
        return (event.key,) if event.old is None or event.old["spec"] != event.object["spec"] else ()

    def _taints(self, pod: Obj) -> list[Obj]:
        name = pod["spec"].get("nodeName")
        node = self.client.get("nodes", "", name) if name else None
        return executing(node) if node is not None else []

    def reconcile(self, key: Key) -> float | None:
        pod = self.client.get("pods", *key)
        if pod is None or is_terminating(pod) or has_ended(pod):
            return None
        taints = self._taints(pod)
        if not taints:
            return None
        now = self.clock.now()
        leave = leaves_at(pod["spec"].get("tolerations") or (), taints, now)
        if leave is None:
            return None
        if leave > now:
            return leave - now
        text = f"Marking for deletion Pod {key.namespace}/{key.name}"
        self.events.event(pod, "Normal", "TaintManagerEviction", text)
        self.client.update_status("pods", self._condemned(pod))
        self.client.delete("pods", *key, uid=pod["metadata"]["uid"])
        return None

    def _condemned(self, pod: Obj) -> Obj:
        changed = clone(pod)
        conditions.set_in_place(
            changed.setdefault("status", {}).setdefault("conditions", []),
            {
                "type": "DisruptionTarget",
                "status": "True",
                "lastProbeTime": None,
                "lastTransitionTime": timestamp(self.clock.now()),
                "reason": "DeletionByTaintManager",
                "message": "Taint manager: deleting due to NoExecute taint",
            },
        )
        return changed


def executing(node: Obj) -> list[Obj]:
    """A node's NoExecute taints."""
    return [taint for taint in (node.get("spec") or {}).get("taints") or () if taint["effect"] == "NoExecute"]


def leaves_at(tolerations: Iterable[Obj], taints: Iterable[Obj], now: float) -> float | None:
    """When a pod has to leave a node: now if a taint is not tolerated at all, None if it may stay for ever."""
    ends = []
    tolerations = list(tolerations)
    since = now
    for taint in taints:
        covering = [toleration for toleration in tolerations if tolerates(toleration, taint)]
        if not covering:
            return now
        if taint.get("timeAdded"):
            since = min(since, parse_timestamp(taint["timeAdded"]))
        ends += [max(float(t["tolerationSeconds"]), 0.0) for t in covering if t.get("tolerationSeconds") is not None]
    return since + min(ends) if ends else None
