"""How fast a target may be scaled: stabilisation, rates, bounds. Pure, but for what one autoscaler remembers.

k8s.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale, "Configurable scaling behavior".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

from grader.embedded.objects import Obj

_UP: Obj = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
_DOWN: Obj = {
    "stabilizationWindowSeconds": 300,
    "selectPolicy": "Max",
    "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
}
_REMEMBERED = 3600.0


class Decision(NamedTuple):
    """A number of pods, and the reason and message of the condition that tells how it came about."""

    size: int
    reason: str
    message: str


class Memory:
    """What one autoscaler recommended and did in the last hour, as (time, number of pods) pairs."""

    def __init__(self) -> None:
        self.recommendations: deque[tuple[float, int]] = deque()
        self.changes: deque[tuple[float, int]] = deque()

    def recommend(self, now: float, count: int) -> None:
        self.recommendations.append((now, count))
        _forget(self.recommendations, now)

    def since(self, time: float) -> list[int]:
        """What was recommended since a time."""
        return [count for then, count in self.recommendations if then > time]

    def changed(self, now: float, by: int) -> None:
        self.changes.append((now, by))
        _forget(self.changes, now)

    def change_since(self, since: float, sign: int) -> int:
        """How many pods were added (sign 1) or removed (sign -1) since a time."""
        return sum(by * sign for time, by in self.changes if time > since and by * sign > 0)


def _forget(pairs: deque[tuple[float, int]], now: float) -> None:
    while pairs and pairs[0][0] < now - _REMEMBERED:
        pairs.popleft()


def rules_of(autoscaler: Obj) -> tuple[Obj, Obj]:
    """The scaling rules for up and down, with what was left out filled in."""
    behaviour = autoscaler["spec"].get("behavior") or {}
    return _filled(behaviour.get("scaleUp"), _UP), _filled(behaviour.get("scaleDown"), _DOWN)


def _filled(rules: Obj | None, usual: Obj) -> Obj:
    return usual | {key: value for key, value in (rules or {}).items() if value is not None}


def stabilized(memory: Memory, current: int, wanted: int, up: Obj, down: Obj, now: float) -> Decision:
    """The recommendation, held back by those of the stabilisation windows; it is remembered for the next time."""
    lowest = min([wanted, *memory.since(now - up["stabilizationWindowSeconds"])])
    highest = max([wanted, *memory.since(now - down["stabilizationWindowSeconds"])])
    memory.recommend(now, wanted)
    count = min(max(current, lowest), highest)
    if count == wanted:
        return Decision(count, "ReadyForNewScale", "recommended size matches current size")
    if wanted < current:
        text = "recent recommendations were higher than current one, applying the highest recent recommendation"
        return Decision(count, "ScaleDownStabilized", text)
    text = "recent recommendations were lower than current one, applying the lowest recent recommendation"
    return Decision(count, "ScaleUpStabilized", text)


def limited(
    memory: Memory, current: int, wanted: int, bounds: tuple[int, int], up: Obj, down: Obj, now: float
) -> Decision:
    """What the rates and the bounds (least, most) leave of a recommendation."""
    least, most = bounds
    if wanted > current:
        rate = max(_reachable(memory, current, up, 1, now), current)
        if wanted > min(rate, most):
            if most <= rate:
                return Decision(most, "TooManyReplicas", _TEXTS["TooManyReplicas"])
            return Decision(rate, "ScaleUpLimit", _TEXTS["ScaleUpLimit"])
    elif wanted < current:
        rate = min(_reachable(memory, current, down, -1, now), current)
        if wanted < max(rate, least):
            if least >= rate:
                return Decision(least, "TooFewReplicas", _TEXTS["TooFewReplicas"])
            return Decision(rate, "ScaleDownLimit", _TEXTS["ScaleDownLimit"])
    if wanted > most:
        return Decision(most, "TooManyReplicas", _TEXTS["TooManyReplicas"])
    if wanted < least:
        return Decision(least, "TooFewReplicas", _TEXTS["TooFewReplicas"])
    return Decision(wanted, "DesiredWithinRange", _TEXTS["DesiredWithinRange"])


_TEXTS = {
    "TooManyReplicas": "the desired replica count is more than the maximum replica count",
    "TooFewReplicas": "the desired replica count is less than the minimum replica count",
    "ScaleUpLimit": "the desired replica count is increasing faster than the maximum scale rate",
    "ScaleDownLimit": "the desired replica count is decreasing faster than the maximum scale rate",
    "DesiredWithinRange": "the desired count is within the acceptable range",
}


def _reachable(memory: Memory, current: int, rules: Obj, sign: int, now: float) -> int:
    """The furthest number of pods that the policies allow now; `sign` 1 is up, -1 down."""
    if rules["selectPolicy"] == "Disabled":
        return current
    ends = list(_ends(memory, current, rules["policies"], sign, now))
    if not ends:
        return current
    return max(ends) if (rules["selectPolicy"] == "Max") == (sign > 0) else min(ends)


def _ends(memory: Memory, current: int, policies: Iterable[Obj], sign: int, now: float) -> Iterable[int]:
    for policy in policies:
        start = current - sign * memory.change_since(now - policy["periodSeconds"], sign)
        if policy["type"] == "Pods":
            yield start + sign * policy["value"]
        elif sign > 0:
            yield ceil(start * (1 + policy["value"] / 100))
        else:
            yield int(start * (1 - policy["value"] / 100))
