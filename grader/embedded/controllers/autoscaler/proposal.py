"""How many pods a metric asks for. Pure functions over what each pod uses.

k8s.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale, "Algorithm details".
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Measured:
    """The pods of a target as one metric sees them, in thousandths of the metric's unit.

    `used` has the pods that are measured and count; `missing` those without a figure, `unready` those that are
    still starting. `requests` is what each of them asks for, empty when the target is a plain value.
    """

    used: Mapping[str, int]
    missing: Set[str]
    unready: Set[str]
    requests: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far from its target a metric may be, as parts of it, before anything is done."""

    up: float = 0.1
    down: float = 0.1

    def covers(self, ratio: float) -> bool:
        return 1 - self.down <= ratio <= 1 + self.up


def utilization(used: Mapping[str, int], requests: Mapping[str, int]) -> int:
    """Use as a percentage of the requests of the same pods."""
    asked = sum(requests[name] for name in used)
    return sum(used.values()) * 100 // asked if asked else 0


def _ratio(used: Mapping[str, int], requests: Mapping[str, int], target: int) -> float:
    """Use against the target: a percentage of requests, or an average value."""
    if requests:
        return utilization(used, requests) / target
    return sum(used.values()) / len(used) / target


def replicas(current: int, pods: Measured, target: int, tolerance: Tolerance) -> int:
    """The number of pods that would bring a metric to its target. `pods.used` must not be empty.

    Pods without a figure are taken to make the least difference: to use nothing when more are wanted, and just the
    target when fewer are. Pods that are starting use nothing yet.
    """
    ratio = _ratio(pods.used, pods.requests, target)
    grows = ratio > 1
    if not pods.missing and not (pods.unready and grows):
        return current if tolerance.covers(ratio) else ceil(round(ratio * len(pods.used), 9))
    used = dict(pods.used)
    for name in pods.missing:
        full = pods.requests[name] * max(100, target) // 100 if pods.requests else target
        used[name] = 0 if grows else full
    if grows:
        used |= dict.fromkeys(pods.unready, 0)
    adjusted = _ratio(used, pods.requests, target)
    if tolerance.covers(adjusted) or (adjusted > 1) != grows:
        return current
    wanted = ceil(round(adjusted * len(used), 9))
    if (adjusted < 1 and wanted > current) or (adjusted > 1 and wanted < current):
        return current
    return wanted
