"""Cron schedules: their text, and the times they name (k8s.io/docs/concepts/workloads/controllers/cron-jobs).

Five fields (minute, hour, day of month, month, day of week), `@daily` and its like, and `@every 90s`. As with
cron itself, a day counts when either of the two day fields names it, if both are restricted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, _MONTHS), (0, 6, _DAYS))
_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|m|s)")
_SECONDS = {"h": 3600, "m": 60, "s": 1}
_YEARS_AHEAD = 5
_COUNTED = 100


class CronError(ValueError):
    """A schedule that cannot be read; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times of five fields. A day field that is open (`*`) restricts nothing."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    open_day: bool
    open_weekday: bool

    def after(self, moment: float, zone: tzinfo) -> float | None:
        """The first time after a moment (both in seconds since the epoch); None when there is none for years.

        A local time that a change of clocks skips does not occur; one that it repeats occurs twice.
        """
        time = moment // 60 * 60 + 60
        last_year = datetime.fromtimestamp(time, zone).year + _YEARS_AHEAD
        while (local := datetime.fromtimestamp(time, zone)).year <= last_year:
            if not self._includes(local):
                midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, fold=0).timestamp()
                time = max(midnight, time + 60)
            elif local.hour not in self.hours:
                time += (60 - local.minute) * 60
            elif local.minute not in self.minutes:
                time += 60
            else:
                return time
        return None

    def _includes(self, day: datetime) -> bool:
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (of_month and of_week) if self.open_day or self.open_weekday else (of_month or of_week)


@dataclass(frozen=True, slots=True)
class Every:
    """A schedule of equal distances, in seconds."""

    seconds: int

    def after(self, moment: float, zone: tzinfo) -> float | None:
        """The time that is one distance after a moment."""
        return moment // 1 + self.seconds


def parse(text: str) -> Schedule | Every:
    """A schedule from its text. Raises CronError."""
    text = text.strip()
    if text.startswith("@every "):
        return _every(text.removeprefix("@every ").strip())
    if text.startswith("@") and text not in _MACROS:
        raise CronError(f"unrecognized descriptor: {text}")
    parts = _MACROS.get(text, text).split()
    if len(parts) != len(_FIELDS):
        raise CronError(f"expected exactly {len(_FIELDS)} fields, found {len(parts)}: [{' '.join(parts)}]")
    fields = [_field(part, *bounds) for part, bounds in zip(parts, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = (values for values, _ in fields)
    return Schedule(minutes, hours, days, months, weekdays, open_day=fields[2][1], open_weekday=fields[4][1])


def _every(text: str) -> Every:
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise CronError(f"failed to parse duration @every {text}")
    return Every(max(int(sum(float(number) * _SECONDS[unit] for number, unit in parts)), 1))


def _field(part: str, low: int, high: int, names: tuple[str, ...]) -> tuple[frozenset[int], bool]:
    """The values of a field, and whether it is open."""
    values: set[int] = set()
    is_open = False
    for piece in part.split(","):
        span, slash, step_text = piece.partition("/")
        step = _number(step_text) if slash else 1
        first, dash, last = span.partition("-")
        if first in ("*", "?") and not dash:
            start, end = low, high
            is_open |= step == 1
        else:
            start = _number(first, names, low)
            end = _number(last, names, low) if dash else (high if slash else start)
        if start < low:
            raise CronError(f"beginning of range ({start}) below minimum ({low}): {piece}")
        if end > high:
            raise CronError(f"end of range ({end}) above maximum ({high}): {piece}")
        if start > end:
            raise CronError(f"beginning of range ({start}) beyond end of range ({end}): {piece}")
        if step == 0:
            raise CronError(f"step of range should be a positive number: {piece}")
        values.update(range(start, end + 1, step))
    return frozenset(values), is_open


def _number(text: str, names: tuple[str, ...] = (), low: int = 0) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + low
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise CronError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


def zone_of(name: str | None) -> tzinfo:
    """A time zone by its name, UTC when none is given. Raises CronError for one that nobody knows."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise CronError(f"unknown time zone {name}") from error


def last_between(schedule: Schedule | Every, zone: tzinfo, since: float, until: float) -> tuple[float | None, int]:
    """The latest time after `since` and not after `until`, and how many there are; beyond 100 nobody counts."""
    times: list[float] = []
    moment = since
    while len(times) <= _COUNTED:
        following = schedule.after(moment, zone)
        if following is None or following > until:
            return (times[-1] if times else None), len(times)
        times.append(following)
        moment = following
    return _latest(schedule, zone, moment, until), len(times)


def _latest(schedule: Schedule | Every, zone: tzinfo, known: float, until: float) -> float:
    """The latest time up to `until`, one before it being known. It is searched for in ever longer spans of time."""
    span = 60.0
    found = None
    while until - span > known:
        found = schedule.after(until - span, zone)
        if found is not None and found <= until:
            break
        span *= 4
    latest = known if found is None or found > until else found
    while (following := schedule.after(latest, zone)) is not None and following <= until:
        latest = following
    return latest
