"""A pod's status as its kubelet writes it (Kubernetes API reference: PodStatus v1 core)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.embedded.clock import timestamp
from grader.embedded.node.kubelet.conditions import conditions
from grader.embedded.node.kubelet.phase import FAILED, SUCCEEDED, phase_of
from grader.embedded.node.kubelet.record import Record
from grader.embedded.objects import Obj
from grader.embedded.qos import qos_class

_KEPT = ("nominatedNodeName", "resourceClaimStatuses", "extendedResourceClaimStatus")


@dataclass(slots=True)
class Verdict:
    """Why a pod was failed as a whole: `DeadlineExceeded`, `Evicted`, `OutOfcpu` …"""

    reason: str
    message: str


def pod_status(
    pod: Obj,
    records: Sequence[Record],
    *,
    address: str,
    host_address: str,
    started_at: float,
    now: float,
    ended: bool = False,
    verdict: Verdict | None = None,
) -> Obj:
    """The whole status. `ended`: nothing runs or will be started; `address` is empty before the network is up."""
    before = pod.get("status") or {}
    phase = FAILED if verdict else phase_of(records, pod["spec"].get("restartPolicy", "Always"), ended=ended)
    if before.get("phase") in (SUCCEEDED, FAILED):
        phase = before["phase"]
    if ended and phase not in (SUCCEEDED, FAILED):
        phase = FAILED
    disrupted = _disruption(verdict, now)
    status: Obj = {key: before[key] for key in _KEPT if key in before}
    if pod["metadata"].get("generation"):
        status["observedGeneration"] = pod["metadata"]["generation"]
    status["phase"] = phase
    status["conditions"] = conditions(
        pod, records, phase, sandbox=bool(address) and not ended, now=timestamp(now), resumed=disrupted
    )
    if verdict is not None:
        status["reason"], status["message"] = verdict.reason, verdict.message
    elif before.get("reason") and phase == before.get("phase"):
        status.update({key: before[key] for key in ("reason", "message") if key in before})
    status["hostIP"] = host_address
    status["hostIPs"] = [{"ip": host_address}]
    address = address or before.get("podIP", "")
    if address:
        status["podIP"] = address
        status["podIPs"] = [{"ip": address}]
    status["startTime"] = timestamp(started_at)
    _containers(status, records, pod["spec"])
    status["qosClass"] = before.get("qosClass") or qos_class(pod["spec"])
    status["resources"] = pod["spec"].get("resources") or {}
    return status


def _containers(status: Obj, records: Sequence[Record], spec: Obj) -> None:
    creating = "PodInitializing" if spec.get("initContainers") else "ContainerCreating"
    init = [r.status(creating) for r in records if r.kind in ("init", "sidecar")]
    regular = [r.status(creating) for r in records if r.kind == "regular"]
    ephemeral = [r.status(creating) for r in records if r.kind == "ephemeral"]
    if init:
        status["initContainerStatuses"] = init
    status["containerStatuses"] = sorted(regular, key=_name)
    if ephemeral:
        status["ephemeralContainerStatuses"] = sorted(ephemeral, key=_name)


def _name(status: Obj) -> str:
    return str(status["name"])


def _disruption(verdict: Verdict | None, now: float) -> Obj | None:
    if verdict is None or verdict.reason not in ("Evicted", "Terminated"):
        return None
    return {
        "type": "DisruptionTarget",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": timestamp(now),
        "reason": "TerminationByKubelet",
        "message": verdict.message,
    }
