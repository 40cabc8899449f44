"""Whether a namespace's controllers and kubelets have nothing left to do, so that waiting for them cannot help.

A pod that waits for an image nobody has is as calm as one that is ready: without the learner it stays so.
"""

from __future__ import annotations

from grader.checks.cluster import Cluster, Obj
from grader.checks.diagnosis import condition, ready, terminating

_STAYING = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"}


def calm(cluster: Cluster, namespace: str | None = None) -> bool:
    """Whether everything is as it was asked to be, or stuck."""
    if not all(_settled(pod) for pod in cluster.objects("Pod", namespace)):
        return False
    sets = cluster.objects("ReplicaSet", namespace)
    if not all(each["spec"].get("replicas", 1) == each.get("status", {}).get("replicas", 0) for each in sets):
        return False
    return all(_observed(each) for each in cluster.objects("Deployment", namespace))


def _observed(deployment: Obj) -> bool:
    """Whether the controller has seen the specification, and has as many pods as it may."""
    status = deployment.get("status", {})
    seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    return bool(seen and status.get("replicas", 0) >= deployment["spec"].get("replicas", 1))


def _settled(pod: Obj) -> bool:
    if terminating(pod):
        return False
    status = pod.get("status", {})
    if ready(pod) or status.get("phase") in ("Succeeded", "Failed"):
        return True
    if condition(pod, "PodScheduled").get("reason") == "Unschedulable":
        return True
    containers = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    return any(each.get("state", {}).get("waiting", {}).get("reason") in _STAYING for each in containers)
