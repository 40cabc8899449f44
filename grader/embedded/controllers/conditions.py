"""Conditions in an object's status: set, replaced or kept, in the order real controllers leave them in."""

from __future__ import annotations

from grader.embedded.objects import Obj


def find(conditions: list[Obj], kind: str) -> Obj | None:
    """The condition of a type."""
    for condition in conditions:
        if condition["type"] == kind:
            return condition
    return None


def put(conditions: list[Obj], new: Obj) -> bool:
    """Append `new` in place of the condition of its type; whether anything changed.

    A condition with the same status and reason stays as it is, message included; one with the same status
    keeps the time of its last transition (k8s.io/kubernetes, SetDeploymentCondition and its siblings).
    """
    current = find(conditions, new["type"])
    if current is not None:
        if current["status"] == new["status"] and current.get("reason") == new.get("reason"):
            return False
        if current["status"] == new["status"]:
            new = {**new, "lastTransitionTime": current["lastTransitionTime"]}
        conditions.remove(current)
    conditions.append(new)
    return True


def set_in_place(conditions: list[Obj], new: Obj) -> bool:
    """Update the condition of a type where it stands, or append it; whether anything changed.

    Differs from `put` as apimachinery's `meta.SetStatusCondition` does: messages are followed, order is kept.
    """
    current = find(conditions, new["type"])
    if current is None:
        conditions.append(new)
        return True
    if current["status"] == new["status"]:
        new = {**new, "lastTransitionTime": current["lastTransitionTime"]}
    if current == new:
        return False
    conditions[conditions.index(current)] = new
    return True


def drop(conditions: list[Obj], kind: str) -> bool:
    """Remove the condition of a type; whether it was there."""
    current = find(conditions, kind)
    if current is None:
        return False
    conditions.remove(current)
    return True
