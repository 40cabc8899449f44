"""Where a pod goes best among the nodes it can go to.

The weights are those of the default profile (k8s.io/docs/reference/scheduling/config): resources 1 each, taints 3,
node affinity 2, spreading 2, pod affinity 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.embedded.node.node_affinity import preference as node_preference
from grader.embedded.node.scheduler.filters import Cycle
from grader.embedded.node.scheduler.nodes import NodeInfo
from grader.embedded.node.scheduler.pod_affinity import preference as pod_preference
from grader.embedded.node.scheduler.taints import discouraged

_TAINTS, _NODE_AFFINITY, _SPREAD, _POD_AFFINITY = 3, 2, 2, 2
_TOP = 100.0


def best(cycle: Cycle, nodes: Sequence[NodeInfo]) -> NodeInfo:
    """The node with the most points; of equals the emptiest, then the first by name."""
    if len(nodes) == 1:
        return nodes[0]
    points = {node.name: _resources(cycle, node) for node in nodes}
    pod = cycle.pod
    if any(node.taints for node in nodes):
        _add(points, {n.name: -discouraged(n.taints, pod.spec) for n in nodes}, _TAINTS)
    if pod.spec.get("affinity"):
        _add(points, {n.name: node_preference(pod.spec, n.obj) for n in nodes}, _NODE_AFFINITY)
    if pod.has_pod_affinity or cycle.cluster.attracting:
        _add(points, pod_preference(pod, list(nodes), cycle.cluster), _POD_AFFINITY)
    if cycle.spreading is not None:
        _add(points, {n.name: -cycle.spreading.penalty(n) for n in nodes}, _SPREAD)
    elif pod.owner:
        _add(points, {n.name: -n.owners.get(pod.owner, 0) for n in nodes}, _SPREAD)
    return min(nodes, key=lambda n: (-round(points[n.name], 6), len(n.pods), n.name))


def _resources(cycle: Cycle, node: NodeInfo) -> float:
    """Least allocated, and CPU and memory in balance."""
    cpu, memory = cycle.pod.load
    capacity_cpu = node.allocatable.get("cpu", 0) or 1
    capacity_memory = node.allocatable.get("memory", 0) or 1
    part_cpu = min((node.load[0] + cpu) / capacity_cpu, 1.0)
    part_memory = min((node.load[1] + memory) / capacity_memory, 1.0)
    free = (2.0 - part_cpu - part_memory) / 2
    return (free + 1.0 - abs(part_cpu - part_memory) / 2) * _TOP


def _add(points: dict[str, float], raw: Mapping[str, float], weight: int) -> None:
    """Add a score that counts relative to the worst and the best node."""
    low, high = min(raw.values()), max(raw.values())
    if low != high:
        for name, value in raw.items():
            points[name] += weight * _TOP * (value - low) / (high - low)
