"""What controllers ask of a pod, and how they make many of them.

Words as in Kubernetes: an *active* pod has neither ended nor is it being deleted; a *ready* one says so in its
conditions; an *available* one has been ready for `minReadySeconds`.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log2

import orjson

from grader.embedded.clock import parse_timestamp
from grader.embedded.objects import Obj, condition_of, is_terminating, owner_reference

_ENDED = ("Succeeded", "Failed")
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}
_DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"


def phase_of(pod: Obj) -> str:
    phase: str = pod.get("status", {}).get("phase", "")
    return phase


def has_ended(pod: Obj) -> bool:
    return phase_of(pod) in _ENDED


def is_active(pod: Obj) -> bool:
    return not has_ended(pod) and not is_terminating(pod)


def is_ready(pod: Obj) -> bool:
    for condition in pod.get("status", {}).get("conditions") or ():
        if condition["type"] == "Ready":
            return bool(condition["status"] == "True")
    return False


def available_in(pod: Obj, min_ready: int, now: float) -> float | None:
    """Seconds until a pod counts as available: 0 when it does, None while it is not ready."""
    ready = condition_of(pod, "Ready")
    if ready is None or ready["status"] != "True":
        return None
    if not min_ready:
        return 0.0
    return max(parse_timestamp(ready["lastTransitionTime"]) + min_ready - now, 0.0)


def is_available(pod: Obj, min_ready: int, now: float) -> bool:
    return available_in(pod, min_ready, now) == 0


def restarts_of(pod: Obj) -> int:
    """The highest restart count among a pod's containers."""
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return max((status.get("restartCount", 0) for status in statuses), default=0)


def deletion_cost(pod: Obj) -> int:
    text = (pod["metadata"].get("annotations") or {}).get(_DELETION_COST, "0")
    try:
        return int(text)
    except ValueError:
        return 0


def _bucket(since: float, now: float) -> int:
    """Ages are compared by orders of magnitude, so that scaling down does not always hit the newest."""
    return int(log2(max(now - since, 1.0)))


def to_delete_first(pods: Iterable[Obj], neighbours: dict[str, int], now: float) -> list[Obj]:
    """Pods in the order in which a replica set gives them up.

    `neighbours` counts the related pods of each node. Order: k8s.io/docs/concepts/workloads/controllers/replicaset,
    "Scaling a ReplicaSet".
    """

    def rank(pod: Obj) -> tuple[object, ...]:
        node = pod["spec"].get("nodeName", "")
        ready = condition_of(pod, "Ready")
        is_up = ready is not None and ready["status"] == "True"
        ready_age = _bucket(parse_timestamp(ready["lastTransitionTime"]), now) if ready is not None and is_up else 0
        return (
            bool(node),
            _PHASES.get(phase_of(pod), 0),
            is_up,
            deletion_cost(pod),
            -neighbours.get(node, 0),
            ready_age,
            -restarts_of(pod),
            _bucket(parse_timestamp(pod["metadata"]["creationTimestamp"]), now),
            pod["metadata"]["uid"],
        )

    return sorted(pods, key=rank)


class PodMaker:
    """Makes pods from a template: it is put together once, each pod is one parse of its text."""

    def __init__(self, owner: Obj, template: Obj, *, generate: str | None = None) -> None:
        """`generate` is the base of the pods' names: the owner's name and a dash when it is left out."""
        source = template.get("metadata") or {}
        meta: Obj = {
            "generateName": generate or owner["metadata"]["name"] + "-",
            "namespace": owner["metadata"]["namespace"],
            **{part: source[part] for part in ("labels", "annotations", "finalizers") if source.get(part)},
            "ownerReferences": [owner_reference(owner)],
        }
        self._text = orjson.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]})

    def make(self) -> Obj:
        """A new pod, which the caller owns."""
        pod: Obj = orjson.loads(self._text)
        return pod
