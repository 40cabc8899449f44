"""The scheduling loop: pods that wait for a node, one after the other, most important first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from grader.embedded.clock import Clock, timestamp
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.labels import selector_of
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.node.scheduler import preemption
from grader.embedded.node.scheduler.claims import CLAIMS, CLASSES, VOLUMES, claims_of, select_node
from grader.embedded.node.scheduler.filters import Cycle, rejection
from grader.embedded.node.scheduler.nodes import Cluster
from grader.embedded.node.scheduler.pods import PodInfo
from grader.embedded.node.scheduler.queue import Queue
from grader.embedded.node.scheduler.rejections import Rejection, summary
from grader.embedded.node.scheduler.scores import best
from grader.embedded.node.scheduler.spreading import Spreading
from grader.embedded.objects import Key, Obj, condition_of, is_terminating, labels_of
from grader.embedded.status import ApiError
from grader.embedded.store import Event, EventType

log = logging.getLogger(__name__)

NAME = "default-scheduler"
_BATCH = 250
_BIND_RETRY = 1.0
_BUDGETS = "poddisruptionbudgets.policy"
_GATED = "Scheduling is blocked due to non-empty scheduling gates"
_DONE = ("Succeeded", "Failed")


class Scheduler:
    """Schedules every pod whose schedulerName is `default-scheduler`."""

    def __init__(self, client: Client, clock: Clock, events: EventRecorder) -> None:
        self._client = client
        self._clock = clock
        self._events = events
        self._cluster = Cluster(self._namespace_labels)
        self._queue = Queue()
        self._hopeless: dict[str, str] = {}
        """What a pod was told that fitted nowhere, for its like; until something makes room."""
        self._binding: PodInfo | None = None
        self._ends: list[Callable[[], None]] = []
        self._scheduled = False
        self._stopped = False

    # Life

    def start(self) -> None:
        """Look at what is there, and follow what comes."""
        for node in self._client.each("nodes"):
            self._cluster.put_node(node)
        for pod in self._client.list("pods"):
            self._see_pod(pod)
        self._ends.append(self._client.subscribe("pods", self._on_pod))
        self._ends.append(self._client.subscribe("nodes", self._on_node))
        for resource in (CLAIMS, VOLUMES, CLASSES):
            self._ends.append(self._client.subscribe(resource, self._on_volume))
        self._wake()

    def stop(self) -> None:
        """Schedule nothing any more."""
        self._stopped = True
        for end in self._ends:
            end()

    # What happens

    def _on_pod(self, event: Event) -> None:
        if event.type is EventType.DELETED:
            self._queue.remove(event.key)
            if self._cluster.remove(event.object["metadata"]["uid"]):
                self._retry()
        else:
            self._see_pod(event.object)

    def _see_pod(self, pod: Obj) -> None:
        meta, spec = pod["metadata"], pod["spec"]
        uid = meta["uid"]
        key = Key(meta["namespace"], meta["name"])
        if spec.get("nodeName"):
            self._queue.remove(key)
            done = (pod.get("status") or {}).get("phase") in _DONE
            if done:
                if self._cluster.remove(uid):
                    self._retry()
            elif uid not in self._cluster.placed:
                info = self._binding
                if info is None or info.uid != uid:
                    info = PodInfo(pod)
                self._cluster.place(info, spec["nodeName"])
                if self._queue.anxious:
                    self._retry()
        elif spec.get("schedulerName", NAME) == NAME and not is_terminating(pod):
            self._queue.offer(key, spec)
            self._wake()
        else:
            self._queue.remove(key)

    def _on_node(self, event: Event) -> None:
        if event.type is EventType.DELETED:
            self._cluster.drop_node(event.key.name)
            return
        self._cluster.put_node(event.object)
        if event.old is None or _differs(event.old, event.object):
            self._retry()

    def _on_volume(self, event: Event) -> None:
        if self._queue.waiting:
            self._retry()

    def _retry(self) -> None:
        """Something may have made room for pods that fit nowhere."""
        self._hopeless.clear()
        if self._queue.reconsider():
            self._wake()

    def _wake(self) -> None:
        if self._queue and not self._scheduled and not self._stopped:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._drain)

    def _drain(self) -> None:
        """Schedule a batch, then let the event loop breathe."""
        self._scheduled = False
        with self._clock.hold():
            for _ in range(_BATCH):
                key = self._queue.pop()
                if key is None or self._stopped:
                    break
                try:
                    self._schedule(key)
                except ApiError as error:
                    log.info("pod %s/%s is not scheduled: %s", *key, error)
                except Exception:
                    log.exception("scheduling pod %s/%s failed", *key)
        self._wake()

    # One pod

    def _schedule(self, key: Key) -> None:
        pod = self._client.get("pods", *key)
        if pod is None or pod["spec"].get("nodeName"):
            return
        if pod["spec"].get("schedulingGates"):
            self._condition(pod, "SchedulingGated", _GATED)
            return
        info = PodInfo(pod)
        if self._hopeless and info.kin in self._hopeless:
            self._failed(info, self._hopeless[info.kin])
            return
        claims = claims_of(self._client, info)
        nodes = list(self._cluster.nodes.values())
        if claims.wrong or not nodes:
            rejections = dict.fromkeys(self._cluster.nodes, Rejection((claims.wrong,), helpless=True))
            self._failed(info, summary(rejections, before=claims.wrong, preempts=_preempts(info)))
            return
        spreading = Spreading(info, self._cluster) if info.spread else None
        cycle = Cycle(info, self._cluster, spreading, claims.volumes)
        rejections = {}
        feasible = []
        for node in nodes:
            why = rejection(cycle, node)
            if why is None:
                feasible.append(node)
            else:
                rejections[node.name] = why
        if not feasible:
            self._preempt(cycle, rejections)
            return
        chosen = best(cycle, feasible)
        if claims.waiting:
            self._cluster.reserved[info.uid] = (chosen.name, info)
            self._queue.wait(key, info)
            select_node(self._client, claims.waiting, chosen.name)
            return
        self._binding = info
        try:
            self._client.bind(*key, chosen.name)
        except ApiError as error:
            log.info("pod %s/%s is not bound: %s", *key, error)
            self._queue.wait(key, info)
            self._clock.call_later(_BIND_RETRY, self._retry)
            return
        finally:
            self._binding = None
        self._events.event(pod, "Normal", "Scheduled", f"Successfully assigned {key[0]}/{key[1]} to {chosen.name}")

    def _preempt(self, cycle: Cycle, rejections: dict[str, Rejection]) -> None:
        pod = cycle.pod
        found = preemption.find(cycle, rejections, self._broken_budgets) if _preempts(pod) else None
        nominated = (pod.obj.get("status") or {}).get("nominatedNodeName")
        if found is not None and not self._makes_room(pod, nominated):
            self._displace(pod, found)
            nominated = found.node.name
        if nominated:
            self._cluster.reserved[pod.uid] = (nominated, pod)
        message = summary(rejections, preempts=_preempts(pod), displaced=found is not None)
        if found is None and pod.kin:
            self._hopeless[pod.kin] = message
        self._failed(pod, message, nominated=nominated or "")

    def _makes_room(self, pod: PodInfo, nominated: str | None) -> bool:
        """Whether pods are already on their way out for it."""
        node = self._cluster.nodes.get(nominated or "")
        if node is None:
            return False
        return any(
            p.priority < pod.priority and is_terminating(self._client.get("pods", *p.key) or p.obj)
            for p in node.pods.values()
        )

    def _displace(self, pod: PodInfo, found: preemption.Preemption) -> None:
        text = "default-scheduler: preempting to accommodate a higher priority pod"
        for victim in found.victims:
            current = self._client.get("pods", *victim.key)
            if current is None or current["metadata"]["uid"] != victim.uid:
                continue
            self._put_condition(current, "DisruptionTarget", "True", "PreemptionByScheduler", text)
            self._events.event(current, "Normal", "Preempted", f"Preempted by pod {pod.uid} on node {found.node.name}")
            self._client.delete("pods", *victim.key, uid=victim.uid)

    def _broken_budgets(self, victims: Sequence[PodInfo]) -> int:
        broken = 0
        for budget in self._client.each(_BUDGETS):
            selector = selector_of(budget["spec"].get("selector"))
            space = budget["metadata"]["namespace"]
            hit = sum(v.key.namespace == space and selector.matches(v.labels) for v in victims)
            broken += hit > (budget.get("status") or {}).get("disruptionsAllowed", 0)
        return broken

    # What is told

    def _failed(self, pod: PodInfo, message: str, *, nominated: str = "") -> None:
        self._queue.wait(pod.key, pod)
        before = condition_of(pod.obj, "PodScheduled")
        known = before is not None and before.get("message") == message
        if not known:
            self._events.event(pod.obj, "Warning", "FailedScheduling", message)
        self._condition(pod.obj, "Unschedulable", message, nominated)

    def _condition(self, pod: Obj, reason: str, message: str, nominated: str = "") -> None:
        self._put_condition(pod, "PodScheduled", "False", reason, message, nominated)

    def _put_condition(self, pod: Obj, kind: str, status: str, reason: str, message: str, nominated: str = "") -> None:
        now = timestamp(self._clock.now())
        before = condition_of(pod, kind)
        condition = {
            "type": kind,
            "status": status,
            "lastProbeTime": None,
            "lastTransitionTime": before["lastTransitionTime"] if before and before["status"] == status else now,
            "reason": reason,
            "message": message,
        }
        if pod["metadata"].get("generation"):
            condition["observedGeneration"] = pod["metadata"]["generation"]
        old = pod.get("status") or {}
        kept = [c for c in old.get("conditions") or () if c["type"] != kind]
        new = {**old, "conditions": [*kept, condition]}
        if nominated:
            new["nominatedNodeName"] = nominated
        if new != old:
            self._client.update_status("pods", {**pod, "status": new})

    def _namespace_labels(self, name: str) -> dict[str, str]:
        found = self._client.get("namespaces", "", name)
        return labels_of(found) if found is not None else {}


def _preempts(pod: PodInfo) -> bool:
    return bool(pod.spec.get("preemptionPolicy") != "Never")


def _differs(old: Obj, new: Obj) -> bool:
    """Whether a node changed in what scheduling looks at; heartbeats are not that."""
    return (
        old["spec"] != new["spec"]
        or labels_of(old) != labels_of(new)
        or (old.get("status") or {}).get("allocatable") != (new.get("status") or {}).get("allocatable")
    )
