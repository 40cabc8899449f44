"""Which part of an object a write to a subresource may change."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.resources import Resource
from grader.embedded.status import ApiError, no_such_path

_STATUS_WITH_METADATA = frozenset({"pods", "nodes", "services", "persistentvolumes", "persistentvolumeclaims"})


def _status(resource: Resource, new: Obj, old: Obj) -> Obj:
    merged = dict(old)
    if resource.key in _STATUS_WITH_METADATA:
        kept = {k: new["metadata"][k] for k in ("labels", "annotations") if new["metadata"].get(k)}
        rest = {k: v for k, v in old["metadata"].items() if k not in ("labels", "annotations")}
        merged["metadata"] = {**rest, **kept}
    if "status" in new:
        merged["status"] = new["status"]
    else:
        merged.pop("status", None)
    return merged


def _ephemeral_containers(resource: Resource, new: Obj, old: Obj) -> Obj:
    spec = {**old["spec"], "ephemeralContainers": new.get("spec", {}).get("ephemeralContainers") or []}
    return {**old, "spec": spec}


def _resize(resource: Resource, new: Obj, old: Obj) -> Obj:
    raise ApiError(
        501, "NotImplemented", "this cluster does not resize running pods: change the workload's template instead"
    )


def _approval(resource: Resource, new: Obj, old: Obj) -> Obj:
    status = {**old.get("status", {}), "conditions": new.get("status", {}).get("conditions") or []}
    return {**old, "status": status}


def _finalize(resource: Resource, new: Obj, old: Obj) -> Obj:
    return {**old, "spec": {**old.get("spec", {}), "finalizers": new.get("spec", {}).get("finalizers") or []}}


_RULES: dict[str, Callable[[Resource, Obj, Obj], Obj]] = {
    "status": _status,
    "ephemeralcontainers": _ephemeral_containers,
    "resize": _resize,
    "approval": _approval,
    "finalize": _finalize,
}


def merged(resource: Resource, subresource: str, new: Obj, old: Obj) -> Obj:
    """The stored object with the subresource's part taken from `new`. Raises ApiError for one that is not served."""
    rule = _RULES.get(subresource)
    if rule is None:
        raise no_such_path()
    return rule(resource, new, old)
