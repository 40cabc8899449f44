"""Formats of texts that OpenAPI schemas may ask for; those unknown here are not checked, as in the API server."""

from __future__ import annotations

import ipaddress
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit

_DATE_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DURATION = re.compile(
    r"-?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d|w)([ ]?(\d+(\.\d*)?)(ns|us|µs|ms|s|m|h|d|w))*", re.ASCII
)
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_HOST = re.compile(r"([a-zA-Z0-9_]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*\.?")
_MAC = re.compile(r"([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}")
_EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+")


def has_format(text: str, name: str) -> bool:
    """Whether a text is of a format; true for formats that nobody checks."""
    check = _CHECKS.get(name.replace("-", ""))
    return check is None or check(text)


def _date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _date_time(text: str) -> bool:
    found = _DATE_TIME.fullmatch(text)
    return found is not None and _date(found[1])


def _address(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return check


def _network(text: str) -> bool:
    try:
        return "/" in text and bool(ipaddress.ip_interface(text))
    except ValueError:
        return False


def base64_bytes(text: str) -> bytes | None:
    """What a Base64 text stands for; None when it is none."""
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        return None


def _base64(text: str) -> bool:
    return base64_bytes(text) is not None


def _uri(text: str) -> bool:
    try:
        return bool(urlsplit(text).scheme) or text.startswith("/")
    except ValueError:
        return False


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: len(text) <= 1024 and pattern.fullmatch(text) is not None


_CHECKS: dict[str, Callable[[str], bool]] = {
    "date": _date,
    "datetime": _date_time,
    "duration": _matches(_DURATION),
    "uuid": _matches(_UUID),
    "hostname": _matches(_HOST),
    "mac": _matches(_MAC),
    "email": _matches(_EMAIL),
    "ipv4": _address(4),
    "ipv6": _address(6),
    "cidr": _network,
    "byte": _base64,
    "uri": _uri,
}
