"""The part of JSONPath that columns of custom resources use: `.status.conditions[?(@.type=="Ready")].status`.

k8s.io/docs/reference/kubectl/jsonpath. Fields (with escaped dots), indexes, wildcards and simple filters;
anything else is a ValueError when the path is compiled, which makes the column empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import orjson

_FIELD = re.compile(r"\.?((?:[^.\[\]\\]|\\.)+)")
_QUOTED = re.compile(r"\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\[\s*\"((?:[^\"\\]|\\.)*)\"\s*\]")
_INDEX = re.compile(r"\[\s*(-?[0-9]{1,9})\s*\]")
_SLICE = re.compile(r"\[\s*(-?[0-9]{0,9})\s*:\s*(-?[0-9]{0,9})\s*\]")
_WILDCARD = re.compile(r"\[\s*\*\s*\]|\.\*")
_FILTER = re.compile(
    r"\[\?\(\s*@\.?((?:[^=!<>\s)'\"\\]|\\.)+)\s*(?:(==|!=|<=|>=|<|>)\s*('[^']*'|\"[^\"]*\"|[^)\s]+)\s*)?\)\]"
)
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}

Step = Callable[[Any], Iterable[Any]]
"""From one value to those that a part of the path finds in it."""


@lru_cache(maxsize=1024)
def compiled(path: str) -> tuple[Step, ...]:
    """The steps of a path, with or without `{}` around it. Raises ValueError."""
    text = path.strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1].strip()
    text = text.removeprefix("$")
    steps: list[Step] = []
    at = 0
    while at < len(text) and text[at:] != ".":
        step, at = _step(text, at)
        steps.append(step)
    return tuple(steps)


def find(path: str, obj: Any) -> list[Any]:
    """The values at a path; none when a field is absent. Raises ValueError for a path that cannot be compiled."""
    found = [obj]
    for step in compiled(path):
        found = [value for parent in found for value in step(parent)]
    return found


def _step(text: str, at: int) -> tuple[Step, int]:
    for pattern, make in _KINDS:
        match = pattern.match(text, at)
        if match:
            return make(*match.groups()), match.end()
    raise ValueError(f"unsupported JSONPath at {text[at : at + 20]!r}")


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _field(name: str) -> Step:
    key = _plain(name).strip()

    def step(value: Any) -> Iterable[Any]:
        if isinstance(value, dict) and key in value:
            yield value[key]

    return step


def _index(number: str) -> Step:
    position = int(number)

    def step(value: Any) -> Iterable[Any]:
        if isinstance(value, list) and -len(value) <= position < len(value):
            yield value[position]

    return step


def _slice(start: str, stop: str) -> Step:
    part = slice(int(start) if start else None, int(stop) if stop else None)
    return lambda value: value[part] if isinstance(value, list) else ()


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _filter(path: str, sign: str | None, literal: str | None) -> Step:
    steps = compiled("." + path.lstrip("."))
    wanted = _literal(literal or "")

    def holds(value: Any) -> bool:
        found = [value]
        for step in steps:
            found = [child for parent in found for child in step(parent)]
        return bool(found) and (sign is None or _compare(found[0], sign, wanted))

    return lambda value: [child for child in _children(value) if holds(child)] if isinstance(value, list) else ()


def _literal(text: str) -> Any:
    if text[:1] in ("'", '"'):
        return text[1:-1]
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError as error:
        raise ValueError(f"unsupported literal {text[:20]!r} in a JSONPath filter") from error


def _compare(value: Any, sign: str, wanted: Any) -> bool:
    if sign == "==":
        return bool(value == wanted)
    if sign == "!=":
        return bool(value != wanted)
    same = isinstance(value, (int, float)) and isinstance(wanted, (int, float))
    if not same and not (isinstance(value, str) and isinstance(wanted, str)):
        return False
    return _ORDERED[sign](value, wanted)


_KINDS: tuple[tuple[re.Pattern[str], Callable[..., Step]], ...] = (
    (_WILDCARD, lambda: _children),
    (_INDEX, _index),
    (_SLICE, _slice),
    (_QUOTED, lambda single, double: _field(single if single is not None else double)),
    (_FILTER, _filter),
    (_FIELD, _field),
)
