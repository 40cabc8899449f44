"""Pods near pods: required and preferred affinity and anti-affinity.

k8s.io/docs/concepts/scheduling-eviction/assign-pod-node, "Inter-pod affinity and anti-affinity".
"""

from __future__ import annotations

from grader.embedded.node.scheduler.nodes import Cluster, NodeInfo
from grader.embedded.node.scheduler.pods import AffinityTerm, PodInfo
from grader.embedded.node.scheduler.rejections import Rejection


def fits_affinity(pod: PodInfo, node: NodeInfo, cluster: Cluster) -> Rejection | None:
    """Whether all required terms of the pod, and of the pods that are there, allow the node."""
    if pod.has_pod_affinity:
        if pod.affinity and not _attracted(pod, node, cluster):
            return Rejection(("node(s) didn't match pod affinity rules",), helpless=True)
        for term in pod.anti_affinity:
            if _somebody(term, node, cluster):
                return Rejection(("node(s) didn't match pod anti-affinity rules",))
    for other in cluster.repelling.values():
        place = cluster.nodes.get(cluster.placed[other.uid])
        if place is None:
            continue
        for term in other.anti_affinity:
            value = place.labels.get(term.topology_key)
            same = value is not None and node.labels.get(term.topology_key) == value
            if same and term.selects(pod, cluster.namespace_labels(pod.key.namespace)):
                return Rejection(("node(s) didn't satisfy existing pods anti-affinity rules",))
    return None


def _attracted(pod: PodInfo, node: NodeInfo, cluster: Cluster) -> bool:
    if all(_somebody(term, node, cluster) for term in pod.affinity):
        return True
    if any(term.topology_key not in node.labels for term in pod.affinity):
        return False
    # The first of a group may go anywhere: nobody it looks for is there yet, and it is one of them itself.
    labels = cluster.namespace_labels(pod.key.namespace)
    alone = not any(_anybody(term, cluster) for term in pod.affinity)
    return alone and all(term.selects(pod, labels) for term in pod.affinity)


def _somebody(term: AffinityTerm, node: NodeInfo, cluster: Cluster) -> bool:
    """Whether a selected pod is in the node's part of the topology."""
    value = node.labels.get(term.topology_key)
    if value is None:
        return False
    for place in cluster.nodes.values():
        if place.labels.get(term.topology_key) == value and _has(term, place, cluster):
            return True
    return False


def _anybody(term: AffinityTerm, cluster: Cluster) -> bool:
    return any(_has(term, place, cluster) for place in cluster.nodes.values())


def _has(term: AffinityTerm, place: NodeInfo, cluster: Cluster) -> bool:
    return any(term.selects(p, cluster.namespace_labels(p.key.namespace)) for p in place.pods.values())


def preference(pod: PodInfo, nodes: list[NodeInfo], cluster: Cluster) -> dict[str, int]:
    """Points of each node by preferred terms: the pod's own, and those of pods that are there."""
    points = {node.name: 0 for node in nodes}
    for term in pod.preferred:
        for place, other in cluster.pods():
            if term.selects(other, cluster.namespace_labels(other.key.namespace)):
                _give(points, nodes, term, place)
    labels = cluster.namespace_labels(pod.key.namespace)
    for other in cluster.attracting.values():
        home = cluster.nodes.get(cluster.placed[other.uid])
        if home is not None:
            for term in other.preferred:
                if term.selects(pod, labels):
                    _give(points, nodes, term, home)
    return points


def _give(points: dict[str, int], nodes: list[NodeInfo], term: AffinityTerm, place: NodeInfo) -> None:
    value = place.labels.get(term.topology_key)
    if value is not None:
        for node in nodes:
            if node.labels.get(term.topology_key) == value:
                points[node.name] += term.weight
