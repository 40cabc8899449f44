"""Durations as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.api.tables.ages import between, human_duration, since

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 365 * 86400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2, "<invalid>"),
        (-1.9, "0s"),
        (-0.5, "0s"),
        (0, "0s"),
        (1.9, "1s"),
        (119, "119s"),
        (120, "2m"),
        (150, "2m30s"),
        (10 * MINUTE - 1, "9m59s"),
        (10 * MINUTE + 30, "10m"),
        (3 * HOUR - 1, "179m"),
        (3 * HOUR, "3h"),
        (3 * HOUR + 20 * MINUTE, "3h20m"),
        (8 * HOUR + 59 * MINUTE, "8h"),
        (2 * DAY - 1, "47h"),
        (2 * DAY, "2d"),
        (2 * DAY + 5 * HOUR, "2d5h"),
        (8 * DAY + 5 * HOUR, "8d"),
        (2 * YEAR - DAY, "729d"),
        (2 * YEAR, "2y"),
        (3 * YEAR + 4 * DAY, "3y4d"),
        (8 * YEAR + 4 * DAY, "8y"),
    ],
)
def test_a_duration_has_one_or_two_units(seconds: float, text: str) -> None:
    assert human_duration(seconds) == text


def test_ages_count_from_a_timestamp() -> None:
    assert since("1970-01-01T00:01:00Z", 75.5) == "15s"
    assert since("1970-01-01T00:01:00.500000Z", 75.0) == "14s"
    assert since(None, 75) == "<unknown>"
    assert since("yesterday", 75) == "<invalid>"
    assert between("1970-01-01T00:00:00Z", "1970-01-01T00:00:07Z") == "7s"


@given(st.floats(-1e12, 1e12))
def test_every_span_has_a_short_text(seconds: float) -> None:
    assert 2 <= len(human_duration(seconds)) <= 12
