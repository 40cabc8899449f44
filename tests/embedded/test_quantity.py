"""Resource quantities: exact values and the canonical form of the API server."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.quantity import (
    Form,
    QuantityError,
    canonical_quantity,
    canonical_resources,
    format_quantity,
    milli,
    parse_quantity,
    sum_quantities,
    whole,
)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("100m", "100m"),
        ("1000m", "1"),
        ("0.5", "500m"),
        ("1.5Gi", "1536Mi"),
        ("1024Mi", "1Gi"),
        ("64Mi", "64Mi"),
        ("0.5Ki", "512"),
        ("1000", "1k"),
        ("1500", "1500"),
        ("128974848000m", "128974848"),
        ("1e3", "1e3"),
        ("12E", "12E"),
        ("0.0001", "100u"),
        ("0.0000000001", "1n"),
        ("0.0", "0"),
        ("-1Gi", "-1Gi"),
        ("99999999999Ei", "9223372036854775807"),
        (7, "7"),
        (0.1, "100m"),
    ],
)
def test_a_quantity_is_shown_in_its_canonical_form(written: str | float, shown: str) -> None:
    assert canonical_quantity(written) == shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "quantities must match the regular expression"),
        ("1..2", "quantities must match the regular expression"),
        ("seven", "quantities must match the regular expression"),
        ("1K", "unable to parse quantity's suffix"),
        ("1mi", "unable to parse quantity's suffix"),
        ("1e99999999999", "unable to parse quantity's suffix"),
        (".", "unable to parse numeric part of quantity"),
        ("1" * 300, "quantities must match the regular expression"),
    ],
)
def test_what_is_no_quantity_is_refused_in_the_servers_words(text: str, words: str) -> None:
    with pytest.raises(QuantityError, match=words.replace(".", r"\.")):
        parse_quantity(text)


def test_rounding_goes_away_from_zero() -> None:
    assert (whole("1.1"), whole("-1.1"), milli("0.0001"), milli("2")) == (2, -2, 1, 2000)


def test_a_sum_has_the_form_of_its_first_summand() -> None:
    assert sum_quantities(["0", "64Mi", "1Gi"]) == "1088Mi"
    assert sum_quantities(["100m", "1"]) == "1100m"
    assert sum_quantities([]) == "0"


def test_resource_lists_hold_nothing_finer_than_a_thousandth() -> None:
    resources = {"cpu": "0.0001", "memory": "1024Mi", "odd": "what"}
    canonical_resources(resources)
    assert resources == {"cpu": "1m", "memory": "1Gi", "odd": "what"}


_NANOS = st.integers(-(10**30), 10**30)


@given(_NANOS, st.sampled_from(Form))
def test_a_formatted_amount_parses_to_itself(nanos: int, form: Form) -> None:
    amount = Fraction(nanos, 10**9)
    if form is Form.BINARY:
        amount = max(min(amount, Fraction(2**63 - 1)), Fraction(-(2**63 - 1)))
    assert parse_quantity(format_quantity(amount, form)) == amount


@given(st.from_regex(r"[+-]?[0-9]{1,12}(\.[0-9]{0,9})?(n|u|m||k|M|G|Ki|Mi|Gi|e[+-]?[0-9])", fullmatch=True))
def test_the_canonical_form_keeps_the_value(text: str) -> None:
    assert parse_quantity(canonical_quantity(text)) == parse_quantity(text)


@given(st.text(max_size=20))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        canonical_quantity(text)
    except QuantityError:
        return
    assert parse_quantity(text) is not None
