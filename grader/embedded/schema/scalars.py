"""Texts that stand for something: times, durations and base64, read and written as Go's libraries do.

The words of errors are those of Go's packages time and encoding/base64, which Kubernetes hands on as they are.
"""

from __future__ import annotations

import binascii
import json
import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone

_SECONDS_LAYOUT = "2006-01-02T15:04:05Z07:00"
_MICRO_LAYOUT = "2006-01-02T15:04:05.000000Z07:00"
_UTC_TIME = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{6})?Z", re.A
)
_PARTS = (
    ("", "2006", r"\d{4}", 0, 9999, ""), ("-", "01", r"\d\d", 1, 12, "month"), ("-", "02", r"\d\d", 0, 99, ""),
    ("T", "15", r"\d\d?", 0, 23, "hour"), (":", "04", r"\d\d", 0, 59, "minute"), (":", "05", r"\d\d", 0, 59, "second"),
)  # fmt: skip
_FRACTION = re.compile(r"[.,]\d+", re.A)
_SIX_DIGITS = re.compile(r"[.,]\d{6}", re.A)
_ZONE = re.compile(r"([+-])(\d\d):(\d\d)", re.A)
_DURATION = re.compile(r"([0-9]*)(\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h)")
_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_LONGEST_DURATION = 2**63 - 1


class ScalarError(ValueError):
    """A text that does not say what it should; the message is the one Kubernetes answers with."""


def canonical_time(text: str, *, micro: bool = False) -> str:
    """A time as the server writes it: UTC, whole seconds (with `micro`: six decimals). Raises ScalarError."""
    match = _UTC_TIME.fullmatch(text)
    if match is not None and bool(match.group(1)) == micro:
        return text
    layout = _MICRO_LAYOUT if micro else _SECONDS_LAYOUT
    numbers, rest = _date_and_time(text, layout)
    microseconds, rest = _fraction(text, rest, layout, micro)
    zone, rest = _zone(text, rest, layout)
    if rest:
        raise ScalarError(f"parsing time {_quoted(text)}: extra text: {_quoted(rest)}")
    year, month, day, hour, minute, second = numbers
    if not 1 <= day <= monthrange(year or 4, month)[1]:
        raise ScalarError(f"parsing time {_quoted(text)}: day out of range")
    try:
        moment = datetime(year, month, day, hour, minute, second, microseconds, zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ScalarError(f"parsing time {_quoted(text)}: year out of range") from error
    form = "%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ"
    return moment.strftime(form).rjust(len("2006-01-02T15:04:05.000000Z" if micro else "2006-01-02T15:04:05Z"), "0")


def _date_and_time(text: str, layout: str) -> tuple[list[int], str]:
    rest = text
    numbers = []
    for prefix, element, pattern, low, high, name in _PARTS:
        if not rest.startswith(prefix):
            raise _unparsed(text, layout, rest, prefix)
        rest = rest[len(prefix) :]
        match = re.compile(pattern, re.A).match(rest)
        if match is None:
            raise _unparsed(text, layout, rest, element)
        number = int(match.group())
        if not low <= number <= high:
            raise ScalarError(f"parsing time {_quoted(text)}: {name} out of range")
        numbers.append(number)
        rest = rest[match.end() :]
    return numbers, rest


def _fraction(text: str, rest: str, layout: str, micro: bool) -> tuple[int, str]:
    match = (_SIX_DIGITS if micro else _FRACTION).match(rest)
    if match is None:
        if micro:
            raise _unparsed(text, layout, rest, ".000000")
        return 0, rest
    return int(match.group()[1:7].ljust(6, "0")), rest[match.end() :]


def _zone(text: str, rest: str, layout: str) -> tuple[timezone, str]:
    if rest.startswith("Z"):
        return UTC, rest[1:]
    match = _ZONE.match(rest)
    if match is None:
        raise _unparsed(text, layout, rest, "Z07:00")
    hours, minutes = int(match.group(2)), int(match.group(3))
    for number, limit, name in ((hours, 23, "hour"), (minutes, 59, "minute")):
        if number > limit:
            raise ScalarError(f"parsing time {_quoted(text)}: time zone offset {name} out of range")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if match.group(1) == "-" else offset), rest[6:]


def _unparsed(text: str, layout: str, rest: str, element: str) -> ScalarError:
    return ScalarError(f'parsing time {_quoted(text)} as "{layout}": cannot parse {_quoted(rest)} as "{element}"')


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def canonical_duration(text: str) -> str:
    """A duration as Go writes it: `90s` becomes `1m30s`. Raises ScalarError."""
    body = text.lstrip("+-") if text[:1] in ("+", "-") and text[1:2] not in ("+", "-") else text
    if body == "0" and text:
        return "0s"
    nanos, at = 0, 0
    while at < len(body):
        match = _DURATION.match(body, at)
        if match is None or not (match.group(1) or (match.group(2) or "")[1:]):
            raise ScalarError(_bad_duration(text, body[at:]))
        unit = _UNITS[match.group(3)]
        decimals = (match.group(2) or ".")[1:]
        nanos += int(match.group(1) or 0) * unit + int(decimals or 0) * unit // 10 ** len(decimals)
        at = match.end()
    if not body or nanos > _LONGEST_DURATION:
        raise ScalarError(f"time: invalid duration {_quoted(text)}")
    return ("-" if text.startswith("-") and nanos else "") + _duration(nanos)


def _bad_duration(text: str, rest: str) -> str:
    number = re.match(r"[0-9]+(\.[0-9]*)?|\.[0-9]+", rest)
    if number is None:
        return f"time: invalid duration {_quoted(text)}"
    unit = re.split(r"[0-9.]", rest[number.end() :])[0]
    if not unit:
        return f"time: missing unit in duration {_quoted(text)}"
    return f"time: unknown unit {_quoted(unit)} in duration {_quoted(text)}"


def _duration(nanos: int) -> str:
    if nanos < 10**9:
        for unit, size in (("ms", 10**6), ("µs", 10**3), ("ns", 1)):
            if nanos >= size:
                return _decimal(nanos, size) + unit
        return "0s"
    minutes, rest = divmod(nanos, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{head}{_decimal(rest, 10**9)}s"


def _decimal(amount: int, size: int) -> str:
    whole, rest = divmod(amount, size)
    return f"{whole}.{rest:0{len(str(size)) - 1}d}".rstrip("0") if rest else str(whole)


def canonical_base64(text: str) -> str:
    """Base64 as Go writes the bytes it read. Raises ScalarError with the position of the first bad byte."""
    try:
        packed = binascii.a2b_base64(text.encode(), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        packed = _lenient_base64(text)
    return binascii.b2a_base64(packed, newline=False).decode()


_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


def _lenient_base64(text: str) -> bytes:
    """Like Go, skip line breaks, and name the byte where the text stops being base64."""
    kept: list[tuple[int, str]] = [(at, c) for at, c in enumerate(text.encode().decode("latin-1")) if c not in "\r\n"]
    length = len(text.encode())
    for start in range(0, len(kept), 4):
        quantum = kept[start : start + 4]
        for place, (at, character) in enumerate(quantum):
            if character in _ALPHABET:
                continue
            if character == "=" and place >= 2:
                _check_padding(kept, start + place, place, at, length)
                break
            raise ScalarError(f"illegal base64 data at input byte {at}")
        else:
            if len(quantum) < 4:
                raise ScalarError(f"illegal base64 data at input byte {length - len(quantum)}")
    return binascii.a2b_base64("".join(c for _, c in kept))


def _check_padding(kept: list[tuple[int, str]], index: int, place: int, at: int, length: int) -> None:
    following = kept[index + 1 :]
    if place == 2:
        if not following:
            raise ScalarError(f"illegal base64 data at input byte {length}")
        if following[0][1] != "=":
            raise ScalarError(f"illegal base64 data at input byte {following[0][0]}")
        following = following[1:]
    if following:
        raise ScalarError(f"illegal base64 data at input byte {following[0][0]}")
