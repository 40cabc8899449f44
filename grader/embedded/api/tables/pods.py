"""Cells of pods: the one-word STATUS is worked out from phase, conditions and containers' states."""

from __future__ import annotations

from typing import Any

from grader.embedded.api.tables.ages import since
from grader.embedded.api.tables.cells import NONE, Cells, CellsOf
from grader.embedded.objects import Obj

_ENDED = {
    "Succeeded": "The pod has completed successfully.",
    "Failed": "The pod failed.",
}


class _Tally:
    """What counts up while containers are looked at."""

    __slots__ = ("last_restart", "ready", "restarts")

    def __init__(self) -> None:
        self.ready = 0
        self.restarts = 0
        self.last_restart = ""

    def add_restarts(self, container: Obj) -> None:
        """Count a container that was restarted."""
        self.restarts += container["restartCount"]
        ended = (container.get("lastState") or {}).get("terminated")
        if ended:
            self.last_restart = max(self.last_restart, ended.get("finishedAt") or "")


def pod_cells(pod: Obj, now: float) -> Cells:
    meta, spec, status = pod["metadata"], pod["spec"], pod.get("status") or {}
    phase = status.get("phase", "")
    conditions = status.get("conditions") or ()
    tally = _Tally()
    total = len(spec.get("containers") or ())
    reason = status.get("reason") or phase
    if "nodeName" not in spec and _is_gated(conditions):
        reason = "SchedulingGated"
    starting = False
    if init_containers := spec.get("initContainers"):
        sidecars = {c["name"] for c in init_containers if c.get("restartPolicy") == "Always"}
        total += len(sidecars)
        word = _initialization(status, sidecars, len(init_containers), tally)
        reason = word or reason
        starting = bool(word) and not _is_true(conditions, "Initialized")
        if not starting:
            tally = _sidecars_only(status, sidecars, tally.ready)
    if not starting:
        reason = _running(status, conditions, reason, tally)
    if "deletionTimestamp" in meta:
        if status.get("reason") == "NodeLost":
            reason = "Unknown"
        elif phase not in _ENDED:
            reason = "Terminating"
    restarts = str(tally.restarts)
    if tally.restarts and tally.last_restart:
        restarts += f" ({since(tally.last_restart, now)} ago)"
    addresses = status.get("podIPs")
    return [
        meta["name"],
        f"{tally.ready}/{total}",
        reason,
        restarts,
        since(meta.get("creationTimestamp"), now),
        (addresses[0].get("ip") if addresses else None) or NONE,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        _gates(spec["readinessGates"], conditions) if "readinessGates" in spec else NONE,
    ]


def _is_gated(conditions: Any) -> bool:
    return any(c["type"] == "PodScheduled" and c.get("reason") == "SchedulingGated" for c in conditions)


def _initialization(status: Obj, sidecars: set[str], count: int, tally: _Tally) -> str:
    """The word of the first init container that is not done (`Init:0/2`), empty when all are."""
    for index, container in enumerate(status.get("initContainerStatuses") or ()):
        if container.get("restartCount"):
            tally.add_restarts(container)
        state = container.get("state") or {}
        ended = state.get("terminated")
        if ended and ended.get("exitCode", 0) == 0:
            continue
        if container["name"] in sidecars and container.get("started"):
            tally.ready += bool(container.get("ready"))
            continue
        if ended:
            return f"Init:{_ending(ended)}"
        waiting = (state.get("waiting") or {}).get("reason")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}"
        return f"Init:{index}/{count}"
    return ""


def _sidecars_only(status: Obj, sidecars: set[str], ready: int) -> _Tally:
    """Once a pod is initialized, only restarts of its sidecars count on."""
    tally = _Tally()
    tally.ready = ready
    for container in status.get("initContainerStatuses") or ():
        if container["name"] in sidecars and container.get("restartCount"):
            tally.add_restarts(container)
    return tally


def _running(status: Obj, conditions: Any, reason: str, tally: _Tally) -> str:
    """The word that the containers' states give; the first container with something to say has the last word."""
    has_running = False
    error = ""
    for container in reversed(status.get("containerStatuses") or ()):
        if container.get("restartCount"):
            tally.add_restarts(container)
        state = container.get("state") or {}
        if "running" in state:
            if container.get("ready"):
                has_running = True
                tally.ready += 1
        elif (waiting := state.get("waiting")) and waiting.get("reason"):
            reason = waiting["reason"]
        elif ended := state.get("terminated"):
            reason = _ending(ended)
            if ended.get("exitCode", 0):
                error = reason
    if reason != "Completed":
        return reason
    if has_running and _is_true(conditions, "Ready"):
        return "Running"
    return error or ("NotReady" if has_running else reason)


def _ending(ended: Obj) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    if ended.get("signal"):
        return f"Signal:{ended['signal']}"
    return f"ExitCode:{ended.get('exitCode', 0)}"


def _is_true(conditions: Any, kind: str) -> bool:
    return any(c["type"] == kind and c["status"] == "True" for c in conditions)


def _gates(gates: list[Obj], conditions: Any) -> str:
    """How many readiness gates have passed, as `1/2`."""
    if not gates:
        return NONE
    passed = sum(_is_true(conditions, gate["conditionType"]) for gate in gates)
    return f"{passed}/{len(gates)}"


def pod_row_conditions(pod: Obj) -> list[Obj] | None:
    """The conditions of a finished pod's row: clients show such rows dimmed."""
    phase = (pod.get("status") or {}).get("phase")
    if phase not in _ENDED:
        return None
    return [{"type": "Completed", "status": "True", "reason": phase, "message": _ENDED[phase]}]


PRINTERS: dict[str, CellsOf] = {"pods": pod_cells}
