"""Taints that follow from a node's condition (k8s.io/docs/concepts/scheduling-eviction/taint-and-toleration)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.clock import Clock, timestamp
from grader.embedded.controllers import conditions
from grader.embedded.controllers.base import Controller, Mapper
from grader.embedded.controllers.pods import is_ready
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, Obj, clone, condition_of, key_of
from grader.embedded.store import Event, EventType

_PREFIX = "node.kubernetes.io/"
_NOT_READY, _UNREACHABLE, _CORDONED = f"{_PREFIX}not-ready", f"{_PREFIX}unreachable", f"{_PREFIX}unschedulable"
_BY_CONDITION = {
    ("Ready", "False"): _NOT_READY,
    ("Ready", "Unknown"): _UNREACHABLE,
    ("MemoryPressure", "True"): f"{_PREFIX}memory-pressure",
    ("DiskPressure", "True"): f"{_PREFIX}disk-pressure",
    ("PIDPressure", "True"): f"{_PREFIX}pid-pressure",
    ("NetworkUnavailable", "True"): f"{_PREFIX}network-unavailable",
}
_EXECUTING = (_NOT_READY, _UNREACHABLE)
_MINE = frozenset({*_BY_CONDITION.values(), _CORDONED})


class NodeLifecycleController(Controller):
    """Taints nodes that are cordoned or in trouble, and says of their pods that they are not ready."""

    name = "node-controller"

    def __init__(self, client: Client, clock: Clock, events: EventRecorder) -> None:
        super().__init__(client, clock, events)
        self._known: set[str] = set()

    def watches(self) -> Mapping[str, Mapper]:
        return {"nodes": self._changed}

    def resync(self) -> Iterable[Key]:
        return [key_of(node) for node in self.client.each("nodes")]

    def _changed(self, event: Event) -> Iterable[Key]:
        """Heartbeats change nothing."""
        if event.type is EventType.MODIFIED and event.old is not None and _facts(event.object) == _facts(event.old):
            return ()
        return (event.key,)

    def reconcile(self, key: Key) -> float | None:
        node = self.client.get("nodes", *key)
        if node is None:
            self._known.discard(key.name)
            return None
        if key.name not in self._known:
            self._known.add(key.name)
            text = f"Node {key.name} event: Registered Node {key.name} in Controller"
            self.events.event(node, "Normal", "RegisteredNode", text)
        self._taint(node)
        ready = condition_of(node, "Ready")
        if ready is not None and ready["status"] != "True":
            self._mark_pods(key.name)
        return None

    def _taint(self, node: Obj) -> None:
        before: list[Obj] = list((node.get("spec") or {}).get("taints") or ())
        wanted = {(taint["key"], taint["effect"]) for taint in taints_of(node)}
        kept = [t for t in before if t["key"] not in _MINE or (t["key"], t["effect"]) in wanted]
        present = {(taint["key"], taint["effect"]) for taint in kept}
        now = timestamp(self.clock.now())
        missing = [
            {**taint, "timeAdded": now} for taint in taints_of(node) if (taint["key"], taint["effect"]) not in present
        ]
        if missing or len(kept) != len(before):
            changed = clone(node)
            taints = kept + missing
            changed["spec"] = {key: value for key, value in (node.get("spec") or {}).items() if key != "taints"}
            if taints:
                changed["spec"]["taints"] = taints
            self.client.update("nodes", changed)

    def _mark_pods(self, node: str) -> None:
        """Pods on a node that is not ready count as not ready."""
        for pod in [p for p in self.client.each("pods") if p["spec"].get("nodeName") == node and is_ready(p)]:
            changed = clone(pod)
            ready = conditions.find(changed["status"]["conditions"], "Ready")
            if ready is not None:
                ready |= {"status": "False", "lastTransitionTime": timestamp(self.clock.now())}
            self.client.update_status("pods", changed)
            self.events.event(pod, "Warning", "NodeNotReady", "Node is not ready")


def _facts(node: Obj) -> object:
    told = node.get("status", {}).get("conditions") or ()
    return node.get("spec"), [(condition["type"], condition["status"]) for condition in told]


def taints_of(node: Obj) -> list[Obj]:
    """The taints that a node should have because of its conditions and of cordoning."""
    found = []
    if (node.get("spec") or {}).get("unschedulable"):
        found.append({"key": _CORDONED, "effect": "NoSchedule"})
    for condition in node.get("status", {}).get("conditions") or ():
        key = _BY_CONDITION.get((condition["type"], condition["status"]))
        if key is not None:
            found.append({"key": key, "effect": "NoSchedule"})
            if key in _EXECUTING:
                found.append({"key": key, "effect": "NoExecute"})
    return found
