"""Go's words for texts that are no JSON objects."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.schema.validation.go_json import json_object_error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"", "unexpected end of JSON input"),
        (b"{}", ""),
        (b"null", ""),
        (b' {"a": [1, -2.5e3, "x\\u00e9", true]} ', ""),
        (b"[]", "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        (b"7", "json: cannot unmarshal number into Go value of type map[string]interface {}"),
        (b"hello", "invalid character 'h' looking for beginning of value"),
        (b'{"a":1', "unexpected end of JSON input"),
        (b"{a:1}", "invalid character 'a' looking for beginning of object key string"),
        (b'{"a" 1}', "invalid character '1' after object key"),
        (b'{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        (b"{} x", "invalid character 'x' after top-level value"),
        (b'{"a":tru}', "invalid character '}' in literal true (expecting 'e')"),
        (b'{"a":"\n"}', "invalid character '\\n' in string literal"),
        (b'{"a":"\\q"}', "invalid character 'q' in string escape code"),
        (b'{"a":01}', "invalid character '1' after object key:value pair"),
        (b'{"a":1.}', "invalid character '}' after decimal point in numeric literal"),
        (b"'", "invalid character '\\'' looking for beginning of value"),
        (b"\xc7\x1c", "invalid character '\u00c7' looking for beginning of value"),
    ],
)
def test_the_first_fault_is_told_by_its_character(text: bytes, error: str) -> None:
    assert json_object_error(text) == error


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.integers(), st.text(), st.lists(st.booleans()))))
def test_what_python_writes_is_accepted(value: dict[str, object]) -> None:
    assert json_object_error(json.dumps(value).encode()) == ""


def test_endless_nesting_is_an_error_and_no_crash() -> None:
    assert json_object_error(b'{"a":' + b"[" * 100_000) == "exceeded max depth"
