"""Patterns of schemas: they agree with Python's, and cannot be made to hang."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.schema.linear_regex import PatternError, compile_pattern

_ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", r"\b", "^", "$", "-"])
_PATTERNS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{1,2}", "*?"])).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=8,
)


@given(pattern=_PATTERNS, text=st.text(alphabet="ab1- ", max_size=12))
def test_a_pattern_matches_what_python_says_it_matches(pattern: str, text: str) -> None:
    assert compile_pattern(pattern).search(text) is (re.search(pattern, text, re.ASCII) is not None)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"^\d{3}-\d{4}$", "555-1234", True),
        (r"^\d{3}-\d{4}$", "555-1234\n", False),
        (r"(?i)^ready$", "READY", True),
        (r"^[^/]+$", "a/b", False),
        (r"", "anything", True),
        (r"^ä+$", "ää", True),
    ],
)
def test_a_pattern_is_searched_for_in_the_text(pattern: str, text: str, matches: bool) -> None:
    assert compile_pattern(pattern).search(text) is matches


@pytest.mark.parametrize("pattern", ["(", "a{2000}", r"(a)\1", "(?=a)", "(?<!a)b", "((a{1000}){1000}){1000}", "["])
def test_what_re2_does_not_know_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def test_nested_repeats_take_time_linear_in_the_text() -> None:
    started = time.perf_counter()
    assert not compile_pattern("^(a+)+$").search("a" * 20_000 + "b")
    assert time.perf_counter() - started < 2
