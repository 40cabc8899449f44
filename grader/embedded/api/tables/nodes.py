"""Cells of nodes."""

from __future__ import annotations

from grader.embedded.api.tables.cells import NONE, UNKNOWN, Cells, CellsOf, age, name_of, or_none, spec_of, status_of
from grader.embedded.objects import Obj, condition_of, labels_of

_ROLE_PREFIX = "node-role.kubernetes.io/"
_ROLE = "kubernetes.io/role"


def _node(obj: Obj, now: float) -> Cells:
    info = status_of(obj).get("nodeInfo") or {}
    return [
        name_of(obj),
        _status(obj),
        or_none(_roles(obj)),
        age(obj, now),
        info.get("kubeletVersion", ""),
        _address(obj, "InternalIP"),
        _address(obj, "ExternalIP"),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _status(obj: Obj) -> str:
    """`Ready`, `NotReady` or `Unknown`, and whether pods may be scheduled there."""
    ready = condition_of(obj, "Ready")
    word = "Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"
    return f"{word},SchedulingDisabled" if spec_of(obj).get("unschedulable") else word


def _roles(obj: Obj) -> list[str]:
    roles = set()
    for key, value in labels_of(obj).items():
        if key.startswith(_ROLE_PREFIX):
            roles.add(key.removeprefix(_ROLE_PREFIX))
        elif key == _ROLE:
            roles.add(value)
    return sorted(roles - {""})


def _address(obj: Obj, kind: str) -> str:
    addresses = status_of(obj).get("addresses") or ()
    return next((address["address"] for address in addresses if address["type"] == kind), NONE)


def _csi_node(obj: Obj, now: float) -> Cells:
    return [name_of(obj), len(spec_of(obj).get("drivers") or ()), age(obj, now)]


PRINTERS: dict[str, CellsOf] = {"nodes": _node, "csinodes.storage.k8s.io": _csi_node}
