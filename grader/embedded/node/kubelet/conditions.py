"""A pod's conditions as its kubelet sees them (k8s.io/docs/concepts/workloads/pods/pod-lifecycle, "Pod conditions")."""

from __future__ import annotations

from collections.abc import Sequence

from grader.embedded.node.kubelet.phase import FAILED, SUCCEEDED
from grader.embedded.node.kubelet.record import Record
from grader.embedded.objects import Obj

OWNED = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
_TRUE: tuple[bool, str, str] = (True, "", "")


def conditions(
    pod: Obj, records: Sequence[Record], phase: str, *, sandbox: bool, now: str, resumed: Obj | None = None
) -> list[Obj]:
    """All conditions of a pod: those of others as they are, then the kubelet's own.

    `sandbox`: its network is set up. `now` stamps the conditions that change. `resumed` replaces conditions of
    others by type (DisruptionTarget).
    """
    status = pod.get("status") or {}
    before = {c["type"]: c for c in status.get("conditions") or ()}
    others = {kind: c for kind, c in before.items() if kind not in OWNED}
    if resumed is not None:
        others[resumed["type"]] = resumed
    containers = _containers_ready(records, phase)
    found = {
        "PodReadyToStartContainers": (sandbox, "", ""),
        "Initialized": _initialized(records, phase),
        "Ready": _ready(pod, others, containers),
        "ContainersReady": containers,
        "PodScheduled": _TRUE,
    }
    generation = pod["metadata"].get("generation")
    own = [_condition(kind, *verdict, before.get(kind), generation, now) for kind, verdict in found.items()]
    return [*others.values(), *own]


def _condition(
    kind: str, holds: bool, reason: str, message: str, before: Obj | None, generation: int | None, now: str
) -> Obj:
    status = "True" if holds else "False"
    same = before is not None and before["status"] == status
    condition: Obj = {
        "type": kind,
        "status": status,
        "lastProbeTime": None,
        "lastTransitionTime": before["lastTransitionTime"] if same and before else now,
    }
    if generation:
        condition["observedGeneration"] = generation
    if reason:
        condition["reason"] = reason
    if message:
        condition["message"] = message
    return condition


def _terminal(phase: str, completed: bool) -> tuple[bool, str, str] | None:
    if phase == FAILED:
        return (False, "PodFailed", "")
    if phase == SUCCEEDED:
        return (completed, "PodCompleted", "")
    return None


def _containers_ready(records: Sequence[Record], phase: str) -> tuple[bool, str, str]:
    terminal = _terminal(phase, False)
    if terminal is not None:
        return terminal
    unready = [r.name for r in records if r.kind in ("sidecar", "regular") and not r.ready]
    if unready:
        return (False, "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]")
    return _TRUE


def _ready(pod: Obj, others: dict[str, Obj], containers: tuple[bool, str, str]) -> tuple[bool, str, str]:
    if not containers[0]:
        return containers
    unmet = []
    for gate in pod["spec"].get("readinessGates") or ():
        kind = gate["conditionType"]
        found = others.get(kind)
        if found is None:
            unmet.append(f'corresponding condition of pod readiness gate "{kind}" does not exist.')
        elif found["status"] != "True":
            unmet.append(f'the status of pod readiness gate "{kind}" is not "True", but {found["status"]}')
    return (False, "ReadinessGatesNotReady", ", ".join(unmet)) if unmet else _TRUE


def _initialized(records: Sequence[Record], phase: str) -> tuple[bool, str, str]:
    if phase == SUCCEEDED:
        return (True, "PodCompleted", "")
    if any(r.ran and not r.holding for r in records if r.kind == "regular"):
        return _TRUE
    incomplete = [
        r.name for r in records if (r.kind == "init" and r.exit_code != 0) or (r.kind == "sidecar" and not r.started)
    ]
    if incomplete:
        return (False, "ContainersNotInitialized", f"containers with incomplete status: [{' '.join(incomplete)}]")
    return _TRUE
