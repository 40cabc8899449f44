"""Whom a pod may displace (k8s.io/docs/concepts/scheduling-eviction/pod-priority-preemption)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from grader.embedded.node.scheduler.filters import Cycle, rejection
from grader.embedded.node.scheduler.nodes import NodeInfo
from grader.embedded.node.scheduler.pods import PodInfo
from grader.embedded.node.scheduler.rejections import Rejection


class Preemption(NamedTuple):
    """The node to make room on, and the pods that go."""

    node: NodeInfo
    victims: list[PodInfo]


Protected = Callable[[Sequence[PodInfo]], int]
"""How many disruption budgets the loss of pods would break."""


def find(cycle: Cycle, rejections: Mapping[str, Rejection], protected: Protected) -> Preemption | None:
    """The node where displacing pods of lower priority costs least, or None.

    Fewest broken budgets, then the lowest highest priority, then the lowest sum, then the fewest pods.
    """
    found: list[tuple[tuple[int, int, int, int, str], Preemption]] = []
    for name, why in rejections.items():
        if why.helpless:
            continue
        node = cycle.cluster.nodes[name]
        victims = _victims(cycle, node)
        if victims:
            priorities = [v.priority for v in victims]
            cost = (protected(victims), max(priorities), sum(priorities), len(victims), name)
            found.append((cost, Preemption(node, victims)))
    return min(found, key=lambda item: item[0])[1] if found else None


def _victims(cycle: Cycle, node: NodeInfo) -> list[PodInfo]:
    """The fewest pods whose loss makes room: all lower ones out, then the more important ones back in if they fit."""
    lower = [p for p in node.pods.values() if p.priority < cycle.pod.priority]
    if not lower:
        return []
    _move(lower, node.remove)
    victims: list[PodInfo] = []
    try:
        if rejection(cycle, node) is not None:
            return []
        for pod in sorted(lower, key=lambda p: (-p.priority, p.obj["metadata"].get("creationTimestamp", ""))):
            node.add(pod)
            if rejection(cycle, node) is not None:
                node.remove(pod)
                victims.append(pod)
    finally:
        _move([p for p in lower if p.uid not in node.pods], node.add)
    return victims


def _move(pods: Iterable[PodInfo], where: Callable[[PodInfo], None]) -> None:
    for pod in pods:
        where(pod)
