"""What Go's JSON parser says of a text that is not a JSON object: the API server passes these words on.

(pkg.go.dev/encoding/json: `SyntaxError`, `UnmarshalTypeError`.) Only the first fault is told, by its character.
"""

from __future__ import annotations

import re

_SPACE = re.compile(rb"[ \t\r\n]*")
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
_NUMBER_PARTS = (
    (re.compile(rb"-?"), re.compile(rb"0|[1-9][0-9]*"), "in numeric literal"),
    (re.compile(rb"\."), re.compile(rb"[0-9]+"), "after decimal point in numeric literal"),
    (re.compile(rb"[eE][+-]?"), re.compile(rb"[0-9]+"), "in exponent of numeric literal"),
)
_WORDS = {b"t": b"true", b"f": b"false", b"n": b"null"}
_KINDS = {b"[": "array", b'"': "string", b"t": "bool", b"f": "bool"}
_DEPTH_LIMIT = 10000
_ENDED = "unexpected end of JSON input"


class _Fault(Exception):
    """Where and why parsing stopped."""


def json_object_error(data: bytes) -> str:
    """The error of parsing bytes as a JSON object; an empty text when they are one (or null)."""
    try:
        _document(data)
    except _Fault as fault:
        return str(fault)
    except RecursionError:
        return "exceeded max depth"
    first = data.lstrip()[:1]
    if first in (b"{", b"n"):
        return ""
    return f"json: cannot unmarshal {_KINDS.get(first, 'number')} into Go value of type map[string]interface {{}}"


def _document(data: bytes) -> None:
    end = _skip(data, _value(data, _skip(data, 0), 0))
    if end < len(data):
        raise _fault(data, end, "after top-level value")


def _fault(data: bytes, at: int, context: str) -> _Fault:
    if at >= len(data):
        return _Fault(_ENDED)
    sign = chr(data[at])
    shown = {"'": "'\\''", '"': "'\"'"}.get(sign) or f"'{_quoted(sign)}'"
    return _Fault(f"invalid character {shown} {context}")


def _quoted(sign: str) -> str:
    if sign.isprintable():
        return "\\\\" if sign == "\\" else sign
    code = ord(sign)
    short = {7: "\\a", 8: "\\b", 12: "\\f", 10: "\\n", 13: "\\r", 9: "\\t", 11: "\\v"}.get(code)
    return short or (f"\\x{code:02x}" if code < 128 else f"\\u{code:04x}")


def _skip(data: bytes, at: int) -> int:
    found = _SPACE.match(data, at)
    return found.end() if found else at


def _value(data: bytes, at: int, depth: int) -> int:
    first = data[at : at + 1]
    if depth > _DEPTH_LIMIT:
        raise _Fault("exceeded max depth")
    if first == b"{":
        return _object(data, _skip(data, at + 1), depth)
    if first == b"[":
        return _array(data, _skip(data, at + 1), depth)
    if first == b'"':
        return _string(data, at + 1)
    if first in _WORDS:
        return _word(data, at, _WORDS[first])
    if first == b"-" or first.isdigit():
        return _number(data, at)
    raise _fault(data, at, "looking for beginning of value")


def _object(data: bytes, at: int, depth: int) -> int:
    if data[at : at + 1] == b"}":
        return at + 1
    while True:
        if data[at : at + 1] != b'"':
            raise _fault(data, at, "looking for beginning of object key string")
        at = _skip(data, _string(data, at + 1))
        if data[at : at + 1] != b":":
            raise _fault(data, at, "after object key")
        at = _skip(data, _value(data, _skip(data, at + 1), depth + 1))
        if data[at : at + 1] == b"}":
            return at + 1
        if data[at : at + 1] != b",":
            raise _fault(data, at, "after object key:value pair")
        at = _skip(data, at + 1)


def _array(data: bytes, at: int, depth: int) -> int:
    if data[at : at + 1] == b"]":
        return at + 1
    while True:
        at = _skip(data, _value(data, at, depth + 1))
        if data[at : at + 1] == b"]":
            return at + 1
        if data[at : at + 1] != b",":
            raise _fault(data, at, "after array element")
        at = _skip(data, at + 1)


def _string(data: bytes, at: int) -> int:
    while True:
        plain = _PLAIN.match(data, at)
        at = plain.end() if plain else at
        sign = data[at : at + 1]
        if sign == b'"':
            return at + 1
        if sign != b"\\":
            raise _fault(data, at, "in string literal")
        at += 1
        if data[at : at + 1] == b"u":
            for digit in range(at + 1, at + 5):
                if data[digit : digit + 1] not in _HEXADECIMAL:
                    raise _fault(data, digit, "in \\u hexadecimal character escape")
            at += 5
        elif data[at : at + 1] in _ESCAPES:
            at += 1
        else:
            raise _fault(data, at, "in string escape code")


_HEXADECIMAL = {bytes([code]) for code in b"0123456789abcdefABCDEF"}
_ESCAPES = {bytes([code]) for code in b'bfnrt\\/"'}


def _word(data: bytes, at: int, word: bytes) -> int:
    for offset in range(1, len(word)):
        if data[at + offset : at + offset + 1] != word[offset : offset + 1]:
            raise _fault(data, at + offset, f"in literal {word.decode()} (expecting '{chr(word[offset])}')")
    return at + len(word)


def _number(data: bytes, at: int) -> int:
    for index, (opening, digits, context) in enumerate(_NUMBER_PARTS):
        opened = opening.match(data, at)
        if index and not opened:
            continue
        at = opened.end() if opened else at
        found = digits.match(data, at)
        if not found:
            raise _fault(data, at, context)
        at = found.end()
    return at
