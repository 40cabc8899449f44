"""Parameters: drawn from a seed, filled into trees and texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course.parameters import Parameter, UnknownParameterError, draw, fill, fill_text


def test_a_value_that_is_only_a_reference_takes_the_parameters_type() -> None:
    values = {"n": 3, "word": "red"}
    assert fill({"a": "__n__", "b": "x__n__", "c": ["__word__"]}, values) == {"a": 3, "b": "x3", "c": ["red"]}


def test_pythons_own_words_are_left_alone() -> None:
    assert fill("if __name__ == '__main__':", {"n": 1}) == "if __name__ == '__main__':"


def test_an_undeclared_reference_names_the_nearest() -> None:
    with pytest.raises(UnknownParameterError, match="did you mean __port__"):
        fill("__prot__", {"port": 1})


def test_files_keep_what_only_looks_like_a_reference() -> None:
    assert fill_text("a __port__ b __other__", {"port": 80}) == "a 80 b __other__"


@given(st.text(), st.integers(-100, 100), st.integers(0, 200))
def test_a_draw_is_always_one_that_is_allowed(seed: str, low: int, width: int) -> None:
    parameter = Parameter(between=[low, low + width])
    assert parameter.allows(draw({"p": parameter}, seed, "lab")["p"])


def test_without_a_seed_the_example_is_taken() -> None:
    parameters = {"a": Parameter(between=[1, 9], example=4), "b": Parameter(one_of=["x", "y"])}
    assert draw(parameters, None, "lab") == {"a": 4, "b": "x"}
