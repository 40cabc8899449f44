"""Taints and tolerations (k8s.io/docs/concepts/scheduling-eviction/taint-and-toleration)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.embedded.objects import Obj

_REPELS = ("NoSchedule", "NoExecute")


def tolerates(toleration: Obj, taint: Mapping[str, str]) -> bool:
    """Whether a toleration covers a taint."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    value, wanted = taint.get("value") or "", toleration.get("value") or ""
    if operator in ("Gt", "Lt"):
        return _compares(value, wanted, operator)
    return bool(toleration.get("key")) and value == wanted


def _compares(value: str, wanted: str, operator: str) -> bool:
    try:
        return int(value) > int(wanted) if operator == "Gt" else int(value) < int(wanted)
    except ValueError:
        return False


def untolerated(taints: Sequence[Mapping[str, str]], spec: Obj) -> bool:
    """Whether any taint keeps a pod away."""
    tolerations = spec.get("tolerations") or ()
    return any(taint["effect"] in _REPELS and not any(tolerates(t, taint) for t in tolerations) for taint in taints)


def discouraged(taints: Sequence[Mapping[str, str]], spec: Obj) -> int:
    """How many taints a pod had better avoid."""
    tolerations = spec.get("tolerations") or ()
    return sum(
        taint["effect"] == "PreferNoSchedule" and not any(tolerates(t, taint) for t in tolerations) for taint in taints
    )
