"""Cron schedules: what they name, and what is said of those that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.schema.cron import ScheduleError, parse_schedule


@pytest.mark.parametrize(
    ("schedule", "minutes", "weekdays"),
    [
        ("*/15 * * * mon", {0, 15, 30, 45}, {1}),
        ("10-14/2,3 * * * SUN-tue", {3, 10, 12, 14}, {0, 1, 2}),
        ("50/5 * * * ?", {50, 55}, set(range(7))),
        ("@weekly", {0}, {0}),
        ("TZ=Asia/Taipei 5 * * * *", {5}, set(range(7))),
    ],
)
def test_a_schedule_names_its_times(schedule: str, minutes: set[int], weekdays: set[int]) -> None:
    parsed = parse_schedule(schedule)
    assert (parsed.minutes, parsed.weekdays) == (minutes, weekdays)


def test_a_day_field_with_a_step_restricts() -> None:
    assert parse_schedule("0 0 * * 1").any_day
    assert not parse_schedule("0 0 */2 * *").any_day


@pytest.mark.parametrize(("schedule", "seconds"), [("@every 1m30s", 90), ("@every 1.5h", 5400), ("@every 10ms", 1)])
def test_a_schedule_may_be_a_period(schedule: str, seconds: int) -> None:
    assert parse_schedule(schedule).every == seconds


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("every day", "expected exactly 5 fields, found 2: [every day]"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("*/1/2 * * * *", "too many slashes: */1/2"),
        ("x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
        ("@often", "unrecognized descriptor: @often"),
        ("@every soon", 'failed to parse duration @every soon: time: invalid duration "soon"'),
        ("@every 5", 'failed to parse duration @every 5: time: missing unit in duration "5"'),
        ("", "empty spec string"),
    ],
)
def test_what_is_no_schedule_is_refused_in_the_servers_words(schedule: str, words: str) -> None:
    with pytest.raises(ScheduleError) as trouble:
        parse_schedule(schedule)
    assert str(trouble.value) == words


@given(st.text(alphabet="0123456789*/-,?@ monevrys", max_size=30))
def test_any_text_is_a_schedule_or_refused(schedule: str) -> None:
    try:
        parsed = parse_schedule(schedule)
    except ScheduleError:
        return
    assert parsed.every >= 1 or (parsed.months <= set(range(1, 13)) and parsed.hours <= set(range(24)))
