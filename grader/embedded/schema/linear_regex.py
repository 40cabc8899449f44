"""Regular expressions that cannot be made to hang: matching takes time linear in the text, whatever the pattern.

Patterns come from clients (`pattern` in a custom resource's schema) and are RE2's (github.com/google/re2/wiki/Syntax):
no backreferences, no look-around. Python's own parser reads them; here they become a nondeterministic automaton
whose sets of states are remembered as they are met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

_STATES_LIMIT = 20_000
_REPEAT_LIMIT = 1000
_MEMORY_LIMIT = 10_000

Test = Callable[[str], bool]


class PatternError(ValueError):
    """A pattern that is no regular expression in RE2's sense. Who wrote the schema must change it."""


class _State(NamedTuple):
    """A step of the automaton: a test that takes one character, a place that must hold, or a fork (neither)."""

    test: Test | None
    place: Any
    exits: tuple[int, ...]


class Automaton:
    """A compiled pattern."""

    def __init__(self, pattern: str) -> None:
        self._states: list[_State] = []
        self._memory: dict[tuple[frozenset[int], str, str], frozenset[int] | None] = {}
        self._final = self._add(_State(None, None, ()))
        try:
            parsed = _parser.parse(pattern, re.ASCII)
            self._start = self._sequence(parsed, self._final, bool(parsed.state.flags & re.IGNORECASE))
        except (re.error, OverflowError, RecursionError) as trouble:
            raise PatternError(str(trouble)) from None

    def search(self, text: str) -> bool:
        """Whether the pattern matches anywhere in the text."""
        active = frozenset((self._start,))
        before = ""
        for sign in text:
            following = self._step(active, before, sign)
            if following is None:
                return True
            active, before = following, sign
        return self._step(active, before, "") is None

    def _step(self, active: frozenset[int], before: str, sign: str) -> frozenset[int] | None:
        """The states after a character (empty text: the end), a new match begun too; None when all is matched."""
        key = (active, "a" if _is_word(before) else before and " ", sign)
        if key in self._memory:
            return self._memory[key]
        if len(self._memory) > _MEMORY_LIMIT:
            self._memory.clear()
        reached = self._closure(active, before, sign)
        result: frozenset[int] | None = None
        if self._final not in reached:
            found = {self._start}
            for number in reached:
                state = self._states[number]
                if state.test is not None and sign and state.test(sign):
                    found.update(state.exits)
            result = frozenset(found)
        self._memory[key] = result
        return result

    def _closure(self, active: Iterable[int], before: str, after: str) -> set[int]:
        reached: set[int] = set()
        waiting = list(active)
        while waiting:
            number = waiting.pop()
            if number in reached:
                continue
            reached.add(number)
            state = self._states[number]
            if state.test is None and (state.place is None or _holds(state.place, before, after)):
                waiting.extend(state.exits)
        return reached

    def _add(self, state: _State) -> int:
        if len(self._states) >= _STATES_LIMIT:
            raise PatternError("expression too large")
        self._states.append(state)
        return len(self._states) - 1

    def _sequence(self, items: Iterable[tuple[Any, Any]], exit_: int, fold: bool) -> int:
        for code, value in reversed(list(items)):
            exit_ = self._item(code, value, exit_, fold)
        return exit_

    def _item(self, code: Any, value: Any, exit_: int, fold: bool) -> int:
        if code in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY):
            return self._add(_State(_test(code, value, fold), None, (exit_,)))
        if code is op.SUBPATTERN:
            _, added, removed, inner = value
            folded = (fold or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
            return self._sequence(inner, exit_, folded)
        if code is op.BRANCH:
            return self._add(_State(None, None, tuple(self._sequence(part, exit_, fold) for part in value[1])))
        if code in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, inner = value
            return self._repeat(low, high, inner, exit_, fold)
        if code is op.AT:
            return self._add(_State(None, value, (exit_,)))
        raise PatternError("invalid or unsupported Perl syntax")

    def _repeat(self, low: int, high: Any, inner: Any, exit_: int, fold: bool) -> int:
        if low > _REPEAT_LIMIT or (high is not op.MAXREPEAT and high > _REPEAT_LIMIT):
            raise PatternError("invalid repeat count")
        start = exit_
        if high is op.MAXREPEAT:
            start = self._add(_State(None, None, ()))
            body = self._sequence(inner, start, fold)
            self._states[start] = _State(None, None, (body, exit_))
        else:
            for _ in range(high - low):
                start = self._add(_State(None, None, (self._sequence(inner, start, fold), exit_)))
        for _ in range(low):
            start = self._sequence(inner, start, fold)
        return start


def _is_word(sign: str) -> bool:
    return sign.isascii() and (sign.isalnum() or sign == "_")


def _holds(place: Any, before: str, after: str) -> bool:
    if place in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
        return not before
    if place in (op.AT_END, op.AT_END_STRING):
        return not after
    return (_is_word(before) != _is_word(after)) == (place is op.AT_BOUNDARY)


def _test(code: Any, value: Any, fold: bool) -> Test:
    if code is op.ANY:
        return lambda sign: sign != "\n"
    if code is op.IN:
        found = _set(value)
    else:
        wanted = chr(value)
        found = (lambda sign: sign != wanted) if code is op.NOT_LITERAL else (lambda sign: sign == wanted)
    return (lambda sign: found(sign) or found(sign.swapcase())) if fold else found


def _set(items: list[tuple[Any, Any]]) -> Test:
    negated = bool(items) and items[0][0] is op.NEGATE
    singles = frozenset(chr(value) for code, value in items if code is op.LITERAL)
    ranges = [(chr(value[0]), chr(value[1])) for code, value in items if code is op.RANGE]
    kinds = [_CATEGORIES[value] for code, value in items if code is op.CATEGORY]

    def holds(sign: str) -> bool:
        inside = (
            sign in singles or any(low <= sign <= high for low, high in ranges) or any(kind(sign) for kind in kinds)
        )
        return inside != negated

    return holds


def _is_digit(sign: str) -> bool:
    return "0" <= sign <= "9"


def _is_space(sign: str) -> bool:
    return sign in "\t\n\f\r "


_CATEGORIES: dict[Any, Test] = {
    op.CATEGORY_DIGIT: _is_digit,
    op.CATEGORY_NOT_DIGIT: lambda sign: not _is_digit(sign),
    op.CATEGORY_WORD: _is_word,
    op.CATEGORY_NOT_WORD: lambda sign: not _is_word(sign),
    op.CATEGORY_SPACE: _is_space,
    op.CATEGORY_NOT_SPACE: lambda sign: not _is_space(sign),
}


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> Automaton:
    """The automaton of a pattern. Raises PatternError."""
    return Automaton(pattern)
