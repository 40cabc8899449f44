"""Label selectors from text: `app in (a,b),!x,tier!=y`.

The grammar, and what is said about texts that do not follow it, are those of k8s.io/apimachinery, package
labels (its documentation of `Parse`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from grader.embedded.machinery.labels import LabelSelector, Requirement, SelectorError, check_key, requirement

_SPACE = " \t\r\n"
_SPECIAL = "=!(),><"
_SIGNS = {")", ",", "!", "==", "=", "(", "!=", ">", "<"}
_WORDS = {"in", "notin"}
_OPERATORS = {"in": "in", "notin": "notin", "=": "=", "==": "==", "!=": "!=", ">": "gt", "<": "lt"}
_EXPECTED_OPERATORS = "in, notin, =, ==, !=, gt, lt"
_END = ("end", "")


@lru_cache(maxsize=1024)
def parse(text: str) -> LabelSelector:
    """The selector of a text; an empty one matches everything. Raises SelectorError."""
    return LabelSelector(_Parser(text).requirements())


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """(kind, literal): the kind is a sign or word itself, `identifier`, or `error`."""
    at = 0
    while at < len(text):
        start = at
        if text[at] in _SPACE:
            at += 1
        elif text[at] in _SPECIAL:
            at += 2 if text[at : at + 2] in _SIGNS else 1
            yield text[start:at], text[start:at]
        else:
            while at < len(text) and text[at] not in _SPACE and text[at] not in _SPECIAL:
                at += 1
            word = text[start:at]
            yield (word if word in _WORDS else "identifier"), word


class _Parser:
    """One text. Keywords are identifiers wherever a value may stand."""

    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text), _END]
        self._at = 0

    def requirements(self) -> list[Requirement]:
        found: list[Requirement] = []
        kind, literal = self._peek()
        while kind in ("identifier", "!"):
            try:
                found.append(self._requirement())
            except SelectorError as error:
                raise SelectorError(f"unable to parse requirement: {error}") from error
            kind, literal = self._next()
            if kind == "end":
                return found
            if kind != ",":
                raise SelectorError(f"found '{literal}', expected: ',' or 'end of string'")
            kind, literal = self._peek()
            if kind not in ("identifier", "!"):
                raise SelectorError(f"found '{literal}', expected: identifier after ','")
        if kind != "end":
            raise SelectorError(f"found '{literal}', expected: !, identifier, or 'end of string'")
        return found

    def _peek(self) -> tuple[str, str]:
        kind, literal = self._tokens[self._at]
        return ("identifier" if kind in _WORDS else kind), literal

    def _next(self) -> tuple[str, str]:
        kind, literal = self._peek()
        if kind != "end":
            self._at += 1
        return kind, literal

    def _requirement(self) -> Requirement:
        kind, key = self._next()
        absent = kind == "!"
        if absent:
            kind, key = self._next()
        if kind != "identifier":
            raise SelectorError(f"found '{key}', expected: identifier")
        check_key(key)
        if absent:
            return requirement(key, "!", ())
        if self._peek()[0] in ("end", ","):
            return requirement(key, "exists", ())
        sign, literal = self._tokens[self._at]
        operator = _OPERATORS.get(sign)
        if operator is None:
            raise SelectorError(f"found '{literal}', expected: {_EXPECTED_OPERATORS}")
        self._at += 1
        values = self._values() if operator in ("in", "notin") else [self._exact_value()]
        return requirement(key, operator, values)

    def _exact_value(self) -> str:
        """The value after a sign; an empty one at the end or before a comma."""
        if self._peek()[0] in ("end", ","):
            return ""
        kind, literal = self._next()
        if kind != "identifier":
            raise SelectorError(f"found '{literal}', expected: identifier")
        return literal

    def _values(self) -> list[str]:
        """The values in parentheses; a comma with nothing before or behind it stands for an empty value."""
        kind, literal = self._next()
        if kind != "(":
            raise SelectorError(f"found '{literal}' expected: '('")
        kind, literal = self._peek()
        if kind == ")":
            self._at += 1
            return []
        if kind not in ("identifier", ","):
            raise SelectorError(f"found '{literal}', expected: ',', ')' or identifier")
        found: list[str] = []
        while True:
            kind, literal = self._next()
            if kind == "identifier":
                found.append(literal)
                kind, literal = self._peek()
                if kind == ")":
                    break
                if kind != ",":
                    raise SelectorError(f"found '{literal}', expected: ',' or ')'")
            elif kind == ",":
                if not found:
                    found.append("")
                kind, _ = self._peek()
                if kind == ")":
                    found.append("")
                    break
                if kind == ",":
                    self._at += 1
                    found.append("")
            else:
                raise SelectorError(f"found '{literal}', expected: ',', or identifier")
        self._at += 1
        return found
