"""Cron schedules as Kubernetes reads them (k8s.io/docs/concepts/workloads/controllers/cron-jobs, "Schedule syntax").

Five fields (minute, hour, day of month, month, day of week) or a descriptor such as `@hourly` and `@every 90s`. The
words of errors are those of the library that the API server uses (github.com/robfig/cron, version 3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: at for at, name in enumerate(_MONTH_NAMES, start=1)}
_DAYS = {name: at for at, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_duration_part = re.compile(r"([0-9]*\.?[0-9]*)([^0-9.]+)")


class ScheduleError(ValueError):
    """A text that is no schedule."""


@dataclass(frozen=True, slots=True)
class _Bounds:
    low: int
    high: int
    names: dict[str, int]


_FIELDS = (
    _Bounds(0, 59, {}),
    _Bounds(0, 23, {}),
    _Bounds(1, 31, {}),
    _Bounds(1, 12, _MONTHS),
    _Bounds(0, 6, _DAYS),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a cron job runs: sets of numbers, or every so many seconds when `every` is above zero.

    `any_day` and `any_weekday` say that the field was `*`: else either of the two may match.
    """

    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: bool = True
    any_weekday: bool = True
    every: float = 0.0


def parse_schedule(text: str) -> Schedule:
    """The schedule that a text says. Raises ScheduleError."""
    if not text:
        raise ScheduleError("empty spec string")
    if text.startswith(("TZ=", "CRON_TZ=")):
        zone, space, rest = text.partition(" ")
        if not space:
            raise ScheduleError(f"provided bad location {zone.partition('=')[2]}: unknown time zone")
        text = rest.strip()
    if text.startswith("@"):
        return _descriptor(text)
    fields = text.split()
    if len(fields) != len(_FIELDS):
        count = len(_FIELDS)
        raise ScheduleError(f"expected exactly {count} fields, found {len(fields)}: [{' '.join(fields)}]")
    (minutes, _), (hours, _), (days, any_day), (months, _), (weekdays, any_weekday) = (
        _field(field, bounds) for field, bounds in zip(fields, _FIELDS, strict=True)
    )
    return Schedule(minutes, hours, days, months, weekdays, any_day, any_weekday)


def _descriptor(text: str) -> Schedule:
    if text in _DESCRIPTORS:
        return parse_schedule(_DESCRIPTORS[text])
    if text.startswith("@every "):
        duration = text.removeprefix("@every ")
        try:
            seconds = _seconds(duration)
        except ValueError as trouble:
            raise ScheduleError(f"failed to parse duration {text}: {trouble}") from None
        return Schedule(every=max(1.0, float(int(seconds))))
    raise ScheduleError(f"unrecognized descriptor: {text}")


def _seconds(text: str) -> float:
    """A duration of Go (`1h30m`) in seconds."""
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return 0.0
    total, at = 0.0, 0
    while at < len(rest):
        part = _duration_part.match(rest, at)
        if part is None or part[1] in ("", "."):
            kind = "missing unit in" if re.fullmatch(r"[0-9.]*[0-9][0-9.]*", rest[at:]) else "invalid"
            raise ValueError(f'time: {kind} duration "{text}"')
        if part[2] not in _UNITS:
            raise ValueError(f'time: unknown unit "{part[2]}" in duration "{text}"')
        total += float(part[1]) * _UNITS[part[2]]
        at = part.end()
    if not rest:
        raise ValueError(f'time: invalid duration "{text}"')
    return -total if text.startswith("-") else total


def _field(text: str, bounds: _Bounds) -> tuple[frozenset[int], bool]:
    """The numbers of one field, and whether it was `*`."""
    numbers: set[int] = set()
    star = False
    for part in filter(None, text.split(",")):
        found, whole = _range(part, bounds)
        numbers.update(found)
        star = star or whole
    return frozenset(numbers), star


def _range(text: str, bounds: _Bounds) -> tuple[range, bool]:
    limits, *steps = text.split("/")
    ends = limits.split("-")
    star = ends[0] in ("*", "?")
    if star:
        start, end = bounds.low, bounds.high
    else:
        start = _number(ends[0], text, bounds.names)
        if len(ends) > 2:
            raise ScheduleError(f"too many hyphens: {text}")
        end = _number(ends[1], text, bounds.names) if len(ends) == 2 else start
    if len(steps) > 1:
        raise ScheduleError(f"too many slashes: {text}")
    step = 1
    if steps:
        step = _number(steps[0], text, {})
        if len(ends) == 1:
            end = bounds.high
        star = star and step <= 1
    return _checked(start, end, step, text, bounds), star


def _checked(start: int, end: int, step: int, text: str, bounds: _Bounds) -> range:
    if start < bounds.low:
        raise ScheduleError(f"beginning of range ({start}) below minimum ({bounds.low}): {text}")
    if end > bounds.high:
        raise ScheduleError(f"end of range ({end}) above maximum ({bounds.high}): {text}")
    if start > end:
        raise ScheduleError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise ScheduleError(f"step of range should be a positive number: {text}")
    return range(start, end + 1, step)


def _number(text: str, expression: str, names: dict[str, int]) -> int:
    named = names.get(text.lower())
    if named is not None:
        return named
    if not re.fullmatch(r"[+-]?[0-9]+", text, re.ASCII):
        reason = f'strconv.Atoi: parsing "{text}": invalid syntax'
        raise ScheduleError(f"failed to parse int from {expression}: {reason}")
    if len(text) > 18:
        reason = f'strconv.Atoi: parsing "{text}": value out of range'
        raise ScheduleError(f"failed to parse int from {expression}: {reason}")
    number = int(text)
    if number < 0:
        raise ScheduleError(f"negative number ({number}) not allowed: {expression}")
    return number
