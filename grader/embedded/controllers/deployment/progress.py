"""A deployment's status, computed from its replica sets: counts, and the conditions that tell of progress.

k8s.io/docs/concepts/workloads/controllers/deployment, "Deployment status".
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.embedded.clock import parse_timestamp, timestamp
from grader.embedded.controllers import conditions
from grader.embedded.controllers.deployment.rolling import Limits
from grader.embedded.objects import Obj

_NO_DEADLINE = 2**31 - 1
DONE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"


def condition(kind: str, status: str, reason: str, message: str, now: float) -> Obj:
    """A deployment condition that begins now."""
    return {
        "type": kind,
        "status": status,
        "lastUpdateTime": timestamp(now),
        "lastTransitionTime": timestamp(now),
        "reason": reason,
        "message": message,
    }


def deadline_of(deployment: Obj) -> int | None:
    """Seconds within which a deployment must make progress, None when it may take for ever."""
    seconds: int | None = deployment["spec"].get("progressDeadlineSeconds")
    return None if seconds == _NO_DEADLINE else seconds


def _count(replica_sets: Sequence[Obj], field: str) -> int:
    return sum(one.get("status", {}).get(field, 0) for one in replica_sets)


def counts(deployment: Obj, new: Obj | None, every: Sequence[Obj]) -> Obj:
    """The numbers in the status; those that are zero are left out, as the API leaves them out."""
    available = _count(every, "availableReplicas")
    wanted = sum(one["spec"].get("replicas", 1) for one in every)
    status = deployment.get("status", {})
    numbers = {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": _count(every, "replicas"),
        "updatedReplicas": _count([new], "replicas") if new else 0,
        "readyReplicas": _count(every, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(wanted - available, 0),
    }
    found: Obj = {name: number for name, number in numbers.items() if number}
    if all("terminatingReplicas" in one.get("status", {}) for one in every):
        found["terminatingReplicas"] = _count(every, "terminatingReplicas")
    if "collisionCount" in status:
        found["collisionCount"] = status["collisionCount"]
    return found


def availability(numbers: Obj, bounds: Limits, now: float) -> Obj:
    """The condition `Available`."""
    if numbers.get("availableReplicas", 0) >= bounds.floor:
        return condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
    text = "Deployment does not have minimum availability."
    return condition("Available", "False", "MinimumReplicasUnavailable", text, now)


def is_complete(deployment: Obj, numbers: Obj) -> bool:
    """All pods are of the current template and available, and none of another is left."""
    desired = deployment["spec"].get("replicas", 1)
    return all(numbers.get(name, 0) == desired for name in ("updatedReplicas", "replicas", "availableReplicas"))


def has_progressed(before: Obj, after: Obj) -> bool:
    """More pods are updated, ready or available than before, or fewer are old."""

    def old(numbers: Obj) -> int:
        return int(numbers.get("replicas", 0)) - int(numbers.get("updatedReplicas", 0))

    grew = any(after.get(k, 0) > before.get(k, 0) for k in ("updatedReplicas", "readyReplicas", "availableReplicas"))
    return grew or old(after) < old(before)


def overdue_in(deployment: Obj, told: list[Obj], now: float) -> float | None:
    """Seconds until a lack of progress has lasted too long (0 or less: it has); None when nobody waits for progress."""
    deadline = deadline_of(deployment)
    current = conditions.find(told, "Progressing")
    if deadline is None or current is None or current["reason"] == DONE:
        return None
    if current["reason"] == TIMED_OUT:
        return 0.0
    return parse_timestamp(current["lastUpdateTime"]) + deadline - now


def tell_progress(deployment: Obj, new: Obj | None, numbers: Obj, told: list[Obj], now: float) -> None:
    """Bring the condition `Progressing` in `told` up to date."""
    current = conditions.find(told, "Progressing")
    if deadline_of(deployment) is None:
        conditions.drop(told, "Progressing")
        return
    settled = numbers.get("replicas", 0) == numbers.get("updatedReplicas", 0)
    if settled and current is not None and current["reason"] == DONE:
        return
    subject = f'ReplicaSet "{new["metadata"]["name"]}"' if new else f'Deployment "{deployment["metadata"]["name"]}"'
    overdue = overdue_in(deployment, told, now)
    if is_complete(deployment, numbers):
        conditions.put(told, condition("Progressing", "True", DONE, f"{subject} has successfully progressed.", now))
    elif has_progressed(deployment.get("status", {}), numbers):
        moving = condition("Progressing", "True", "ReplicaSetUpdated", f"{subject} is progressing.", now)
        if current is not None:
            if current["status"] == "True":
                moving["lastTransitionTime"] = current["lastTransitionTime"]
            told.remove(current)
        told.append(moving)
    elif overdue is not None and overdue < 0:
        conditions.put(told, condition("Progressing", "False", TIMED_OUT, f"{subject} has timed out progressing.", now))


def tell_failure(new: Obj | None, every: Sequence[Obj], told: list[Obj]) -> None:
    """Bring the condition `ReplicaFailure` in `told` up to date: the new replica set's, or else any one's."""
    for one in ([new] if new else []) + list(every):
        failure = conditions.find(one.get("status", {}).get("conditions") or [], "ReplicaFailure")
        if failure is not None:
            conditions.put(told, {**failure, "lastUpdateTime": failure["lastTransitionTime"]})
            return
    conditions.drop(told, "ReplicaFailure")
