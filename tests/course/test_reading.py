"""YAML as it is read from authors: bounded, plain, and with lines."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.course.reading import MAX_BYTES, Document, parse_document
from grader.errors import LabError

PATH = Path("lab.yaml")


def parse(source: str) -> Document:
    return parse_document(source.encode(), PATH)


def refusal(source: str | bytes) -> LabError:
    with pytest.raises(LabError) as caught:
        parse_document(source if isinstance(source, bytes) else source.encode(), PATH)
    assert caught.value.remedy
    return caught.value


def test_words_are_read_by_yaml_1_2() -> None:
    tree = parse("a: on\nb: no\nc: 12:30\nd: 2024-01-01\ne: true\nf: ~\ng: 010\nh: 1.5\ni: '7'\nj: 0o7\n").tree
    assert tree == {
        "a": "on", "b": "no", "c": "12:30", "d": "2024-01-01", "e": True,
        "f": None, "g": 10, "h": 1.5, "i": "7", "j": "0o7",
    }  # fmt: skip


def test_a_place_knows_its_line_and_an_unknown_place_the_line_around_it() -> None:
    document = parse("a:\n  b:\n    - c: 1\n    - c: 2\n")
    assert document.where(("a", "b", 1, "c")) == "lab.yaml:4"
    assert document.where(("a", "b", 1, "nothing", "there")) == "lab.yaml:4"


def test_an_alias_stands_for_its_value() -> None:
    assert parse("a: &x {k: [1, 2]}\nb: *x\n").tree == {"a": {"k": [1, 2]}, "b": {"k": [1, 2]}}


def test_a_yaml_bomb_is_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "once aliases are expanded" in str(refusal("\n".join(lines)))


@pytest.mark.parametrize(
    ("source", "words", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "twice", 3),
        ("a: !!python/object:os.system x\n", "tag", 1),
        ("a: 1\nb:\n  <<: {c: 1}\n", "merge", 3),
        ("a: 1\n---\nb: 2\n", "second document", 2),
        ("a: *nowhere\n", "unknown alias", 1),
        ("a:\n\tb: 1\n", "tabs", 2),
        ("a: [1, 2\n", "not valid YAML", 2),
        ("? [a]\n: b\n", "plain word", 1),
        ("[" * 100, "levels deep", 1),
        ("a: " + "{b: " * 60, "levels deep", 1),
    ],
)
def test_what_is_refused_names_its_line(source: str, words: str, line: int) -> None:
    error = refusal(source)
    assert words in str(error)
    assert error.where == f"lab.yaml:{line}"


def test_a_file_that_is_too_large_or_not_utf_8_is_refused() -> None:
    assert "larger" in str(refusal(b"#" * (MAX_BYTES + 1)))
    assert "UTF-8" in str(refusal(b"a: 1\nb: \xff\n"))


@given(st.binary(max_size=300))
def test_no_bytes_give_anything_but_a_document_or_a_refusal(data: bytes) -> None:
    with suppress(LabError):
        assert parse_document(data, PATH).path == PATH


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(alphabet="abc: -#'\"é漢\n", max_size=12),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(alphabet="abcxyz", min_size=1, max_size=5), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_json_reads_as_itself(value: object) -> None:
    import json

    assert parse(json.dumps(value, ensure_ascii=False)).tree == value
