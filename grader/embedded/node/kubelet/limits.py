"""What ends a pod as a whole while it runs: its deadline, and volumes that grow past their limit.

Kubernetes API reference: PodSpec v1 core (activeDeadlineSeconds), EmptyDirVolumeSource v1 core (sizeLimit);
k8s.io/docs/concepts/scheduling-eviction/node-pressure-eviction.
"""

from __future__ import annotations

from grader.embedded.node.amounts import amount
from grader.embedded.node.kubelet.status import Verdict
from grader.embedded.node.kubelet.volumes import PodVolumes
from grader.embedded.objects import Obj

_LATE = "Pod was active on the node longer than the specified deadline"
_EVICTION_SECONDS = 10.0
"""How often an eviction manager looks at the size of volumes."""


def broken_limit(pod: Obj, volumes: PodVolumes, started_at: float, now: float) -> Verdict | None:
    """The limit a pod has broken, if any."""
    limit = pod["spec"].get("activeDeadlineSeconds")
    if limit is not None and now >= started_at + limit:
        return Verdict("DeadlineExceeded", _LATE)
    for volume in pod["spec"].get("volumes") or ():
        size = (volume.get("emptyDir") or {}).get("sizeLimit")
        made = volumes.made.get(volume["name"])
        if size and made is not None and 0 < amount("memory", size) < made.used:
            return Verdict("Evicted", f'Usage of EmptyDir volume "{volume["name"]}" exceeds the limit "{size}". ')
    return None


def next_check(pod: Obj, started_at: float, now: float) -> float | None:
    """When a pod's limits are to be looked at next; None for a pod that has none."""
    times = []
    limit = pod["spec"].get("activeDeadlineSeconds")
    if limit is not None:
        times.append(started_at + limit)
    if any((v.get("emptyDir") or {}).get("sizeLimit") for v in pod["spec"].get("volumes") or ()):
        times.append(now + _EVICTION_SECONDS)
    return min(times, default=None)
