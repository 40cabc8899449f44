"""Cells of who may do what: role bindings and certificate requests."""

from __future__ import annotations

from grader.embedded.api.tables.ages import human_duration
from grader.embedded.api.tables.cells import NONE, Cells, CellsOf, age, name_of, spec_of, status_of
from grader.embedded.objects import Obj


def _binding(obj: Obj, now: float) -> Cells:
    role = obj.get("roleRef") or {}
    found: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in obj.get("subjects") or ():
        kind, name, namespace = subject.get("kind", ""), subject.get("name", ""), subject.get("namespace")
        if kind in found:
            found[kind].append(f"{namespace}/{name}" if kind == "ServiceAccount" and namespace else name)
    return [
        name_of(obj),
        f"{role.get('kind', '')}/{role.get('name', '')}",
        age(obj, now),
        *(", ".join(names) for names in found.values()),
    ]


def _signing_request(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    seconds = spec.get("expirationSeconds")
    return [
        name_of(obj),
        age(obj, now),
        spec.get("signerName") or NONE,
        spec.get("username", ""),
        NONE if seconds is None else human_duration(seconds),
        _condition(obj),
    ]


def _condition(obj: Obj) -> str:
    """`Pending`, `Approved` or `Denied`, then `Failed` and `Issued`."""
    status = status_of(obj)
    kinds = {condition["type"] for condition in status.get("conditions") or ()}
    words = ["Denied" if "Denied" in kinds else "Approved" if "Approved" in kinds else "Pending"]
    if "Failed" in kinds:
        words.append("Failed")
    if status.get("certificate"):
        words.append("Issued")
    return ",".join(words)


PRINTERS: dict[str, CellsOf] = {
    "rolebindings.rbac.authorization.k8s.io": _binding,
    "clusterrolebindings.rbac.authorization.k8s.io": _binding,
    "certificatesigningrequests.certificates.k8s.io": _signing_request,
}
