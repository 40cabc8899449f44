from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.controllers.cron import CronError, Schedule, last_between, parse, zone_of


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def following(schedule: str, moment: str, zone: str = "UTC") -> str:
    time = parse(schedule).after(at(moment), ZoneInfo(zone))
    assert time is not None
    return datetime.fromtimestamp(time, ZoneInfo(zone)).isoformat()


@pytest.mark.parametrize(
    ("schedule", "moment", "expected"),
    [
        ("*/5 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00+00:00"),
        ("0 0 1 1 *", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00+00:00"),
        ("30 3 * * 1-5", "2026-01-02T04:00:00Z", "2026-01-05T03:30:00+00:00"),
        ("0 12 13 * fri", "2026-01-01T00:00:00Z", "2026-01-02T12:00:00+00:00"),
        ("0 0 29 feb *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00+00:00"),
        ("@hourly", "2026-01-01T00:10:00Z", "2026-01-01T01:00:00+00:00"),
        ("@every 90s", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30+00:00"),
    ],
)
def test_the_next_time_of_a_schedule(schedule: str, moment: str, expected: str) -> None:
    assert following(schedule, moment) == expected


def test_a_skipped_hour_does_not_occur() -> None:
    found = following("30 2 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin")
    assert found == "2026-03-30T02:30:00+02:00"


def test_time_zones_shift_the_schedule() -> None:
    assert following("0 9 * * *", "2026-01-01T02:00:00Z", "Asia/Taipei") == "2026-01-02T09:00:00+08:00"


@pytest.mark.parametrize(
    "text", ["every day", "", "60 * * * *", "* * * * 7", "5-1 * * * *", "*/0 * * * *", "@never", "1.5 * * * *"]
)
def test_bad_schedules_are_refused(text: str) -> None:
    with pytest.raises(CronError):
        parse(text)


def test_an_impossible_day_never_comes() -> None:
    assert parse("0 0 31 2 *").after(at("2026-01-01T00:00:00Z"), UTC) is None


def test_unknown_zones_are_refused() -> None:
    with pytest.raises(CronError):
        zone_of("Mars/Olympus")


@given(st.sampled_from(["*/7 * * * *", "0 */3 * * *", "15 4 * * *", "@every 45s"]), st.integers(0, 400_000))
def test_the_last_time_is_due_and_nothing_follows_it(text: str, span: int) -> None:
    schedule, since = parse(text), at("2026-05-01T00:00:30Z")
    until = since + span
    due, count = last_between(schedule, UTC, since, until)
    if due is None:
        assert count == 0
        return
    assert since < due <= until
    after = schedule.after(due, UTC)
    assert after is not None
    if isinstance(schedule, Schedule):
        assert after > until


@given(st.text(max_size=30))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with suppress(CronError):
        parse(text)
