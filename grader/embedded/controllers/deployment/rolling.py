"""The arithmetic of rollouts: how many pods each replica set may have next. Numbers in, numbers out.

k8s.io/docs/concepts/workloads/controllers/deployment, "Rolling Update Deployment" and "Proportional scaling".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor


@dataclass(frozen=True, slots=True)
class Size:
    """A replica set: how many pods it was asked for, and how many of its pods are available."""

    wanted: int
    available: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """A replica set that takes part in proportional scaling. `ceiling` is the most pods that its deployment could
    have when it was last scaled (the `max-replicas` annotation), 0 when nobody noted it."""

    wanted: int
    ceiling: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a rolling update respects: `desired` pods, up to `surge` more, at most `unavailable` fewer available."""

    desired: int
    surge: int
    unavailable: int

    @property
    def ceiling(self) -> int:
        """The most pods there may be."""
        return self.desired + self.surge

    @property
    def floor(self) -> int:
        """The fewest pods that must be available."""
        return self.desired - self.unavailable


def int_or_percent(value: int | str, total: int, *, round_up: bool) -> int:
    """A number, or a percentage of `total`. Raises ValueError for another text."""
    if isinstance(value, int):
        return value
    if not value.endswith("%"):
        raise ValueError(f"{value!r} is neither a number nor a percentage: write 2 or 25%")
    share = int(value[:-1]) * total / 100
    return ceil(share) if round_up else floor(share)


def limits(desired: int, max_surge: int | str, max_unavailable: int | str) -> Limits:
    """Surge is rounded up, unavailability down; if both come out as nothing, one pod may be unavailable."""
    surge = int_or_percent(max_surge, desired, round_up=True)
    unavailable = int_or_percent(max_unavailable, desired, round_up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Limits(desired, surge, min(unavailable, desired))


def grown(new: int, total: int, bounds: Limits) -> int:
    """The next size of the new replica set, of which there are `new` pods now, `total` in all replica sets."""
    if new >= bounds.desired:
        return bounds.desired
    if total >= bounds.ceiling:
        return new
    return new + min(bounds.ceiling - total, bounds.desired - new)


def shrunk(old: Sequence[Size], new: Size, bounds: Limits) -> list[int]:
    """The next sizes of the old replica sets (oldest first): pods that are not available go first, then available
    ones as far as enough of all remain."""
    sizes = [one.wanted for one in old]
    total = sum(sizes) + new.wanted
    spare = total - bounds.floor - (new.wanted - new.available)
    if not sum(sizes) or spare <= 0:
        return sizes
    for index, one in enumerate(old):
        unhealthy = min(max(one.wanted - one.available, 0), spare)
        sizes[index] -= unhealthy
        spare -= unhealthy
    excess = sum(one.available for one in old) + new.available - bounds.floor
    for index, size in enumerate(sizes):
        step = min(size, max(excess, 0))
        sizes[index] -= step
        excess -= step
    return sizes


def proportional(shares: Sequence[Share], bounds: Limits, pods_now: int) -> list[int]:
    """The sizes of several running replica sets after their deployment was scaled in the middle of a rollout.

    `shares` are ordered: the first takes what rounding leaves over. `pods_now` is the deployment's number of pods.
    """
    allowed = bounds.ceiling if bounds.desired else 0
    change = allowed - sum(share.wanted for share in shares)
    if change == 0:
        return [share.wanted for share in shares]
    sizes = []
    spent = 0
    for share in shares:
        step = _fraction(share, bounds, pods_now) if share.wanted and spent != change else 0
        rest = change - spent
        step = min(step, rest) if change > 0 else max(step, rest)
        sizes.append(share.wanted + step)
        spent += step
    sizes[0] = max(sizes[0] + change - spent, 0)
    return sizes


def _fraction(share: Share, bounds: Limits, pods_now: int) -> int:
    """By how much one replica set would grow if it kept its part of the whole."""
    if not bounds.desired:
        return -share.wanted
    before = share.ceiling or pods_now
    if not before:
        return 0
    return floor(share.wanted * bounds.ceiling / before + 0.5) - share.wanted
