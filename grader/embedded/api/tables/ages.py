"""Ages and durations as people read them: `2m30s`, `3h20m`, `5d`.

The steps are those of k8s.io/apimachinery, package util/duration (`HumanDuration`).
"""

from __future__ import annotations

from functools import lru_cache

from grader.embedded.clock import parse_timestamp

UNKNOWN = "<unknown>"
INVALID = "<invalid>"
_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 365 * 86400


def human_duration(seconds: float) -> str:
    """A span of time; `<invalid>` for one that is two seconds or more below zero."""
    return _human(int(seconds))


@lru_cache(maxsize=8192)
def _human(seconds: int) -> str:
    if seconds < -1:
        return INVALID
    if seconds < 2 * _MINUTE:
        return f"{max(seconds, 0)}s"
    if seconds < 10 * _MINUTE:
        return _two(seconds, _MINUTE, "m", 1, "s")
    if seconds < 3 * _HOUR:
        return f"{seconds // _MINUTE}m"
    if seconds < 8 * _HOUR:
        return _two(seconds, _HOUR, "h", _MINUTE, "m")
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR}h"
    if seconds < 8 * _DAY:
        return _two(seconds, _DAY, "d", _HOUR, "h")
    if seconds < 2 * _YEAR:
        return f"{seconds // _DAY}d"
    if seconds < 8 * _YEAR:
        return _two(seconds, _YEAR, "y", _DAY, "d")
    return f"{seconds // _YEAR}y"


def _two(seconds: int, large: int, large_sign: str, small: int, small_sign: str) -> str:
    """Two units, the smaller one left out when it is zero."""
    rest = seconds % large // small
    return f"{seconds // large}{large_sign}" + (f"{rest}{small_sign}" if rest else "")


@lru_cache(maxsize=8192)
def _seconds(text: str) -> float:
    return parse_timestamp(text)


def since(timestamp: str | None, now: float) -> str:
    """How long ago a time was. `<unknown>` for none, `<invalid>` for a text that is no time."""
    if not timestamp:
        return UNKNOWN
    try:
        return _human(int(now - _seconds(timestamp)))
    except ValueError:
        return INVALID


def between(start: str, end: str) -> str:
    """The duration from one time to another."""
    return human_duration(_seconds(end) - _seconds(start))
