from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.schema.scalars import ScalarError, canonical_base64, canonical_duration, canonical_time


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'),
        ("2020-13-01T00:00:00Z", 'parsing time "2020-13-01T00:00:00Z": month out of range'),
        ("2021-02-29T00:00:00Z", 'parsing time "2021-02-29T00:00:00Z": day out of range'),
        ("2020-01-01", 'parsing time "2020-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'),
        ("2020-01-01T00:00:00Zx", 'parsing time "2020-01-01T00:00:00Zx": extra text: "x"'),
        ("2020-01-01T25:00:00Z", 'parsing time "2020-01-01T25:00:00Z": hour out of range'),
    ],
)
def test_bad_times_are_told_as_go_tells_them(text: str, error: str) -> None:
    with pytest.raises(ScalarError) as caught:
        canonical_time(text)
    assert str(caught.value) == error


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)), st.integers(-720, 720))
def test_times_come_out_in_utc(moment: datetime, minutes: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = there.astimezone(UTC)
    assert canonical_time(there.isoformat()) == expected.strftime("%Y-%m-%dT%H:%M:%SZ")
    micro = there.isoformat(timespec="microseconds")
    assert canonical_time(micro, micro=True) == expected.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_a_scalar_error(text: str) -> None:
    for canonical in (canonical_time, canonical_base64, canonical_duration):
        try:
            result = canonical(text)
        except ScalarError:
            continue
        assert canonical(result) == result


@given(st.binary(max_size=20))
def test_base64_of_anything_is_itself(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    assert canonical_base64(text) == text


@pytest.mark.parametrize(
    ("text", "canonical"), [("90s", "1m30s"), ("1.5h", "1h30m0s"), ("0", "0s"), ("250ms", "250ms"), ("-1m", "-1m0s")]
)
def test_durations_come_out_as_go_writes_them(text: str, canonical: str) -> None:
    assert canonical_duration(text) == canonical
