"""Where a pod can go: one function a rule, in the order the scheduler asks them.

Each says why a node is out, in the words that `kubectl describe pod` shows, or None. Whether displacing other
pods could help is part of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from grader.embedded.node.node_affinity import fits_node
from grader.embedded.node.scheduler.nodes import Cluster, NodeInfo
from grader.embedded.node.scheduler.pod_affinity import fits_affinity
from grader.embedded.node.scheduler.pods import HostPort, PodInfo
from grader.embedded.node.scheduler.rejections import Rejection
from grader.embedded.node.scheduler.spreading import Spreading
from grader.embedded.node.scheduler.taints import untolerated
from grader.embedded.objects import Obj

_UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


class Cycle(NamedTuple):
    """One pod's turn: the pod, the cluster, and what is worked out once for all nodes."""

    pod: PodInfo
    cluster: Cluster
    spreading: Spreading | None
    volumes: list[Obj]
    """The persistent volumes its claims are bound to."""


def unschedulable(cycle: Cycle, node: NodeInfo) -> Rejection | None:
    """The node is cordoned."""
    if node.unschedulable and untolerated([_UNSCHEDULABLE], cycle.pod.spec):
        return Rejection(("node(s) were unschedulable",), helpless=True)
    return None


def taints(cycle: Cycle, node: NodeInfo) -> Rejection | None:
    """The node repels the pod."""
    if node.taints and untolerated(node.taints, cycle.pod.spec):
        return Rejection(("node(s) had untolerated taint(s)",), helpless=True)
    return None


def node_affinity(cycle: Cycle, node: NodeInfo) -> Rejection | None:
    """nodeSelector and required node affinity."""
    if not fits_node(cycle.pod.spec, node.obj):
        return Rejection(("node(s) didn't match Pod's node affinity/selector",), helpless=True)
    return None


def ports(cycle: Cycle, node: NodeInfo) -> Rejection | None:
    """Ports of the node that other pods have."""
    if not cycle.pod.host_ports or not node.ports:
        return None
    if any(_collide(mine, theirs) for mine in cycle.pod.host_ports for theirs in node.ports):
        return Rejection(("node(s) didn't have free ports for the requested pod ports",))
    return None


def _collide(mine: HostPort, theirs: HostPort) -> bool:
    return mine[:2] == theirs[:2] and (mine[2] == theirs[2] or "0.0.0.0" in (mine[2], theirs[2]))


def resources(cycle: Cycle, node: NodeInfo) -> Rejection | None:
    """Requests against what is left, room for pods included."""
    pod = cycle.pod
    reserved = _reserved(cycle, node)
    reasons: list[str] = []
    helpless = False
    if len(node.pods) + len(reserved) + 1 > node.allocatable.get("pods", 0):
        reasons.append("Too many pods")
    for name, wanted in pod.requests.items():
        capacity = node.allocatable.get(name, 0)
        used = node.used.get(name, 0)
        for other in reserved:
            used += other.requests.get(name, 0)
        if wanted and wanted > capacity - used:
            reasons.append(f"Insufficient {name}")
            helpless = helpless or wanted > capacity
    return Rejection(tuple(reasons), helpless) if reasons else None


def _reserved(cycle: Cycle, node: NodeInfo) -> list[PodInfo]:
    """Pods for which room is kept here, from which this pod may not take it."""
    if not cycle.cluster.reserved:
        return []
    pod = cycle.pod
    return [
        other
        for name, other in cycle.cluster.reserved.values()
        if name == node.name and other.uid != pod.uid and other.priority >= pod.priority
    ]


def volumes(cycle: Cycle, node: NodeInfo) -> Rejection | None:
    """Volumes that only some nodes reach."""
    for volume in cycle.volumes:
        required = (volume["spec"].get("nodeAffinity") or {}).get("required")
        spec = {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}}
        if required and not fits_node(spec, node.obj):
            return Rejection(("node(s) didn't match PersistentVolume's node affinity",), helpless=True)
    return None


def spread(cycle: Cycle, node: NodeInfo) -> Rejection | None:
    """Topology spread constraints that must hold."""
    return None if cycle.spreading is None else cycle.spreading.check(node)


def pod_affinity(cycle: Cycle, node: NodeInfo) -> Rejection | None:
    """Pods it must be near or must not be near, and pods that must not have it near."""
    if not cycle.pod.has_pod_affinity and not cycle.cluster.repelling:
        return None
    return fits_affinity(cycle.pod, node, cycle.cluster)


Filter = Callable[[Cycle, NodeInfo], Rejection | None]

FILTERS: tuple[Filter, ...] = (
    unschedulable,
    taints,
    node_affinity,
    ports,
    resources,
    volumes,
    spread,
    pod_affinity,
)


def rejection(cycle: Cycle, node: NodeInfo) -> Rejection | None:
    """Why a pod cannot go to a node, or None."""
    for check in FILTERS:
        found = check(cycle, node)
        if found is not None:
            return found
    return None
