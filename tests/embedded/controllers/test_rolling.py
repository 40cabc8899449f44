from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.controllers.deployment.rolling import Limits, Share, Size, grown, limits, proportional, shrunk

counts = st.integers(0, 200)
some = st.integers(0, 40)


@st.composite
def bounds(draw: st.DrawFn) -> Limits:
    desired = draw(counts)
    return limits(desired, draw(some), draw(some))


@st.composite
def sizes(draw: st.DrawFn) -> Size:
    wanted = draw(counts)
    return Size(wanted, draw(st.integers(0, wanted)))


@pytest.mark.parametrize(
    ("desired", "surge", "unavailable", "expected"),
    [
        (10, "25%", "25%", Limits(10, 3, 2)),
        (3, "25%", "25%", Limits(3, 1, 0)),
        (1, "25%", "25%", Limits(1, 1, 0)),
        (10, 0, 0, Limits(10, 0, 1)),
        (3, "0%", "10%", Limits(3, 0, 1)),
        (2, 1, 5, Limits(2, 1, 2)),
        (0, "25%", "25%", Limits(0, 0, 0)),
    ],
)
def test_surge_is_rounded_up_and_unavailability_down(desired, surge, unavailable, expected) -> None:
    assert limits(desired, surge, unavailable) == expected


@given(bounds(), counts, counts)
def test_growing_never_passes_the_ceiling(limit: Limits, new: int, old: int) -> None:
    size = grown(new, new + old, limit)
    assert size <= max(limit.desired, new)
    if new + old <= limit.ceiling and new <= limit.desired:
        assert new <= size
        assert size + old <= limit.ceiling


@given(bounds(), st.lists(sizes(), max_size=5), sizes())
def test_shrinking_never_takes_availability_below_the_floor(limit: Limits, old: list[Size], new: Size) -> None:
    smaller = shrunk(old, new, limit)
    assert all(0 <= after <= before.wanted for after, before in zip(smaller, old, strict=True))
    available = sum(one.available for one in old) + new.available
    left = sum(min(after, before.available) for after, before in zip(smaller, old, strict=True)) + new.available
    assert left >= min(available, limit.floor)


@given(st.integers(1, 30), st.integers(0, 10), st.integers(0, 10), st.integers(0, 30))
def test_a_healthy_rollout_always_ends(desired: int, surge: int, unavailable: int, start: int) -> None:
    limit = limits(desired, surge, unavailable)
    old, new = start, 0
    for _ in range(200):
        size = grown(new, old + new, limit)
        if size == new:
            (old,) = shrunk([Size(old, old)], Size(new, new), limit)
        new = size
        if (old, new) == (0, desired):
            return
    raise AssertionError((old, new))


@given(bounds(), st.lists(st.integers(1, 60), min_size=2, max_size=4))
def test_proportional_scaling_fills_up_what_is_allowed(limit: Limits, wanted: list[int]) -> None:
    total = sum(wanted)
    result = proportional([Share(one, total) for one in sorted(wanted, reverse=True)], limit, total)
    assert all(size >= 0 for size in result)
    assert sum(result) == (limit.ceiling if limit.desired else 0)


def test_the_documented_example_of_proportional_scaling() -> None:
    """k8s.io/docs/concepts/workloads/controllers/deployment: 8 and 5 pods of 10 become 11 and 7 of 15."""
    limit = Limits(15, 3, 2)
    assert proportional([Share(8, 13), Share(5, 13)], limit, 13) == [11, 7]
