"""Deletion: preconditions, grace, finalizers, propagation.

As k8s.io/apiserver's generic registry does it (k8s.io/docs/concepts/overview/working-with-objects/finalizers,
k8s.io/docs/concepts/architecture/garbage-collection): an object with finalizers or grace is only marked, and
goes when its last finalizer does.
"""

from __future__ import annotations

from dataclasses import dataclass

from grader.embedded.clock import parse_timestamp, timestamp
from grader.embedded.machinery.strategies import strategy_of
from grader.embedded.objects import Obj
from grader.embedded.resources import Resource
from grader.embedded.status import bad_request, conflict

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
_PROPAGATIONS = ("Foreground", "Background", "Orphan")


@dataclass(frozen=True, slots=True)
class DeletionRequest:
    """DeleteOptions. `grace` in seconds; None leaves it to the object."""

    grace: int | None = None
    uid: str | None = None
    version: str | None = None
    propagation: str | None = None

    @classmethod
    def from_options(cls, options: Obj) -> DeletionRequest:
        """From a DeleteOptions object. Raises ApiError 400 for a propagation policy that is none."""
        conditions = options.get("preconditions") or {}
        propagation = options.get("propagationPolicy")
        if propagation is None and "orphanDependents" in options:
            propagation = "Orphan" if options["orphanDependents"] else "Background"
        if propagation is not None and propagation not in _PROPAGATIONS:
            raise bad_request(
                f'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "{propagation}": '
                'supported values: "Background", "Foreground", "Orphan"'
            )
        grace = options.get("gracePeriodSeconds")
        return cls(
            None if grace is None else max(int(grace), 0),
            conditions.get("uid"),
            conditions.get("resourceVersion"),
            propagation,
        )


def check_preconditions(resource: Resource, obj: Obj, request: DeletionRequest) -> None:
    """Raises the API's conflict when the object is not the one that was meant."""
    meta = obj["metadata"]
    if request.uid and request.uid != meta["uid"]:
        why = f"Precondition failed: UID in precondition: {request.uid}, UID in object meta: {meta['uid']}"
    elif request.version and request.version != meta["resourceVersion"]:
        why = (
            f"Precondition failed: ResourceVersion in precondition: {request.version}, "
            f"ResourceVersion in object meta: {meta['resourceVersion']}"
        )
    else:
        return
    raise conflict(resource.plural, resource.group, meta["name"], why)


class Deletion:
    """What one deletion makes of an object: `marked`, the object as it stays, or None when it goes at once."""

    def __init__(self, resource: Resource, obj: Obj, request: DeletionRequest, now: float) -> None:
        self._resource = resource
        self._obj = obj
        self._request = request
        self._now = now

    def marked(self) -> Obj | None:
        """A changed copy to store, the stored object itself when nothing changes, or None to remove it."""
        meta = self._obj["metadata"]
        grace = self._grace()
        finalizers = self._finalizers()
        if grace == 0 and not finalizers and not self._contents():
            return None
        changed = dict(meta)
        if finalizers:
            changed["finalizers"] = finalizers
        else:
            changed.pop("finalizers", None)
        if "deletionTimestamp" not in meta:
            changed["deletionTimestamp"] = timestamp(self._now + grace)
            changed["deletionGracePeriodSeconds"] = grace
            if changed.get("generation"):
                changed["generation"] += 1
        elif grace < meta.get("deletionGracePeriodSeconds", 0):
            began = parse_timestamp(meta["deletionTimestamp"]) - meta.get("deletionGracePeriodSeconds", 0)
            changed["deletionTimestamp"] = timestamp(max(began + grace, self._now if grace else began))
            changed["deletionGracePeriodSeconds"] = grace
        obj = {**self._obj, "metadata": changed}
        if self._resource.key == "namespaces":
            obj["status"] = {**obj.get("status", {}), "phase": "Terminating"}
        return obj

    def _grace(self) -> int:
        if self._resource.key != "pods":
            return 0
        pod = self._obj
        meta = pod["metadata"]
        asked = self._request.grace
        if asked is None:
            asked = pod["spec"].get("terminationGracePeriodSeconds", 30)
        if not pod["spec"].get("nodeName") or pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            return 0
        if "deletionTimestamp" in meta:
            return min(int(asked), int(meta.get("deletionGracePeriodSeconds", 0)))
        return int(asked)

    def _finalizers(self) -> list[str]:
        kept = [f for f in self._obj["metadata"].get("finalizers") or () if f not in (FOREGROUND, ORPHAN)]
        policy = self._request.propagation
        if policy is None:
            return list(self._obj["metadata"].get("finalizers") or ())
        if policy == "Foreground":
            kept.append(FOREGROUND)
        elif policy == "Orphan":
            kept.append(ORPHAN)
        return kept

    def _contents(self) -> bool:
        """A namespace stays until its own finalizer has emptied it."""
        return self._resource.key == "namespaces" and bool(self._obj.get("spec", {}).get("finalizers"))


def finished(resource: Resource, obj: Obj) -> bool:
    """Whether an object that was marked for deletion has nothing left to wait for."""
    meta = obj["metadata"]
    if "deletionTimestamp" not in meta or meta.get("finalizers"):
        return False
    if resource.key == "namespaces" and obj.get("spec", {}).get("finalizers"):
        return False
    return not meta.get("deletionGracePeriodSeconds")


def answer(resource: Resource, obj: Obj, removed: bool) -> Obj:
    """What a client receives: the object while it lingers, a Status once it is gone (few kinds: the object)."""
    if not removed or strategy_of(resource).returns_deleted:
        return obj
    details: Obj = {"name": obj["metadata"]["name"], "kind": resource.plural, "uid": obj["metadata"]["uid"]}
    if resource.group:
        details["group"] = resource.group
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
