"""Matching in part."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.matching import mismatch

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON)
def test_everything_matches_itself(value: Any) -> None:
    assert mismatch(value, value) is None


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), JSON, min_size=1, max_size=4), st.data())
def test_a_map_matches_any_part_of_it(value: dict[str, Any], data: st.DataObject) -> None:
    keys = data.draw(st.sets(st.sampled_from(sorted(value))))
    assert mismatch({key: value[key] for key in keys}, value) is None


@pytest.mark.parametrize(
    ("expected", "actual", "path"),
    [
        ({"a": 1}, {"a": 2}, "a"),
        ({"a": {"b": [1]}}, {"a": {"b": []}}, "a.b[0]"),
        ({"a": True}, {"a": 1}, "a"),
        ({"a": 1}, {}, "a"),
        ({"app.kubernetes.io/name": "x"}, {}, '["app.kubernetes.io/name"]'),
        ([{"name": "a", "image": "x"}], [{"name": "b"}, {"name": "a", "image": "y"}], "[0].image"),
        ({"a": {"$min": 2}}, {"a": 1}, "a"),
        ({"a": {"$exists": False}}, {"a": 1}, "a"),
        ({"a": {"$matches": "^v2"}}, {"a": "v1"}, "a"),
        ({"a": {"$one_of": [1, 2]}}, {"a": 3}, "a"),
        ({"a": {"$not": 3}}, {"a": 3}, "a"),
        ({"a": {"$contains": "x"}}, {"a": ["y"]}, "a"),
        ({"a": {"$length": 2}}, {"a": [1]}, "a"),
    ],
)
def test_the_first_place_that_differs_is_named(expected: Any, actual: Any, path: str) -> None:
    found = mismatch(expected, actual)
    assert found is not None
    assert found.path == path


def test_lists_need_not_be_in_order_and_may_have_more() -> None:
    assert mismatch({"a": [{"name": "y"}, {"name": "x"}]}, {"a": [{"name": "x"}, {"name": "z"}, {"name": "y"}]}) is None


def test_what_is_absent_is_zero_at_most() -> None:
    assert mismatch({"a": {"$max": 0}}, {}) is None
    assert mismatch({"a": {"$exists": False}}, {}) is None
    assert mismatch({"a": {"$min": 1, "$max": 3}}, {"a": 2}) is None
