"""Topology spread constraints (k8s.io/docs/concepts/scheduling-eviction/topology-spread-constraints)."""

from __future__ import annotations

from dataclasses import dataclass

from grader.embedded.machinery.labels import LabelSelector, selector_of
from grader.embedded.node.node_affinity import fits_node
from grader.embedded.node.scheduler.nodes import Cluster, NodeInfo
from grader.embedded.node.scheduler.pods import PodInfo
from grader.embedded.node.scheduler.rejections import Rejection
from grader.embedded.node.scheduler.taints import untolerated
from grader.embedded.objects import Obj, is_terminating

_SKEWED = "node(s) didn't match pod topology spread constraints"


@dataclass(slots=True)
class _Constraint:
    """One constraint with the pods counted in each domain."""

    key: str
    max_skew: int
    own: int
    counts: dict[str, int]
    least: int

    def skew(self, node: NodeInfo) -> int:
        return self.counts.get(node.labels[self.key], 0) + self.own - self.least


class Spreading:
    """The constraints of a pod against the cluster as it is."""

    def __init__(self, pod: PodInfo, cluster: Cluster) -> None:
        hard = [c for c in pod.spread if c.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"]
        soft = [c for c in pod.spread if c.get("whenUnsatisfiable") == "ScheduleAnyway"]
        self._hard = [_counted(c, pod, cluster, [h["topologyKey"] for h in hard]) for c in hard]
        self._soft = [_counted(c, pod, cluster, [s["topologyKey"] for s in soft]) for c in soft]

    def check(self, node: NodeInfo) -> Rejection | None:
        """Whether the pod may go to a node."""
        for constraint in self._hard:
            if constraint.key not in node.labels:
                return Rejection((f"{_SKEWED} (missing required label)",), helpless=True)
            if constraint.skew(node) > constraint.max_skew:
                return Rejection((_SKEWED,))
        return None

    def penalty(self, node: NodeInfo) -> int:
        """How uneven the constraints that need not hold would become."""
        return sum(c.skew(node) for c in self._soft if c.key in node.labels)


def _counted(constraint: Obj, pod: PodInfo, cluster: Cluster, keys: list[str]) -> _Constraint:
    selector = selector_of(pod.with_keys(constraint))
    key = constraint["topologyKey"]
    counts: dict[str, int] = {}
    for node in cluster.nodes.values():
        if any(k not in node.labels for k in keys) or not _eligible(constraint, pod, node):
            continue
        counts[node.labels[key]] = counts.get(node.labels[key], 0) + _matching(selector, pod, node)
    least = min(counts.values(), default=0)
    if len(counts) < (constraint.get("minDomains") or 1):
        least = 0
    return _Constraint(key, constraint.get("maxSkew", 1), int(selector.matches(pod.labels)), counts, least)


def _eligible(constraint: Obj, pod: PodInfo, node: NodeInfo) -> bool:
    """Whether a node counts: by default one that node affinity allows, whatever its taints."""
    if constraint.get("nodeAffinityPolicy", "Honor") == "Honor" and not fits_node(pod.spec, node.obj):
        return False
    return constraint.get("nodeTaintsPolicy", "Ignore") == "Ignore" or not untolerated(node.taints, pod.spec)


def _matching(selector: LabelSelector, pod: PodInfo, node: NodeInfo) -> int:
    space = pod.key.namespace
    return sum(
        other.key.namespace == space and selector.matches(other.labels) and not is_terminating(other.obj)
        for other in node.pods.values()
    )
