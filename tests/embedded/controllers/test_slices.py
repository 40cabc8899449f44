from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.controllers.slices import distribute


def endpoint(number: int, ready: bool = True) -> dict:
    return {"addresses": [f"10.0.0.{number}"], "conditions": {"ready": ready}}


numbers = st.sets(st.integers(0, 60))


@given(st.lists(numbers, max_size=5), numbers, st.integers(1, 12))
def test_all_wanted_endpoints_are_spread_and_no_others(before: list[set[int]], wanted: set[int], limit: int) -> None:
    seen: set[int] = set()
    existing = []
    for group in before:
        existing.append([endpoint(n) for n in sorted(group - seen)[:limit]])
        seen |= group
    kept, added = distribute(existing, [endpoint(n) for n in sorted(wanted)], limit)
    found = [e["addresses"][0] for content in kept + added for e in content]
    assert sorted(found) == sorted(f"10.0.0.{n}" for n in wanted)
    assert all(len(content) <= limit for content in kept + added)
    for old, new in zip(existing, kept, strict=True):
        stayed = [e for e in old if int(e["addresses"][0].rpartition(".")[2]) in wanted]
        assert new[: len(stayed)] == stayed


def test_a_change_of_one_endpoint_touches_one_slice() -> None:
    existing = [[endpoint(n) for n in range(3)], [endpoint(n) for n in range(3, 6)]]
    wanted = [endpoint(n, ready=n != 4) for n in range(6)]
    kept, added = distribute(existing, wanted, 3)
    assert kept[0] == existing[0]
    assert kept[1][1]["conditions"] == {"ready": False}
    assert added == []
