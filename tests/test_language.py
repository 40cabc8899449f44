"""Sentences and their translations."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import grader
from grader.language import LANGUAGES, chosen_language, counted, listed, match_language, text
from grader.translations.zh_tw import SENTENCES

ROOT = Path(grader.__file__).parent
FOR_AUTHORS = (
    "embedded/", "course/", "runner/proving.py", "cli/verify.py", "cli/lint.py", "cli/new.py", "checks/python.py",
)  # fmt: skip


def templates(*, learners_only: bool) -> Iterator[str]:
    for path in ROOT.rglob("*.py"):
        name = str(path.relative_to(ROOT))
        if name.startswith("embedded/") or (learners_only and name.startswith(FOR_AUTHORS)):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                places = {"text": node.args[:1], "Text": node.args[:1], "counted": node.args[1:3]}.get(node.func.id, [])
                yield from (arg.value for arg in places if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_sentence_a_learner_may_see_is_translated() -> None:
    assert sorted(set(templates(learners_only=True)) - set(SENTENCES)) == []


def test_no_translation_is_left_over() -> None:
    assert sorted(set(SENTENCES) - set(templates(learners_only=False))) == []


def test_translations_keep_the_placeholders() -> None:
    assert [english for english, other in SENTENCES.items() if placeholders(english) != placeholders(other)] == []


def test_a_text_within_a_text_is_translated_with_it() -> None:
    message = text("{head}; {summary}", head=text("no pods"), summary=counted(2, "{n} pod", "{n} pods"))
    assert str(message) == "no pods; 2 pods"
    assert message.render("zh-TW") == "沒有 Pod；2 個 Pod"


def test_braces_in_values_are_just_braces() -> None:
    assert str(text("{message}", message="{0} {x} {{")) == "{0} {x} {{"


def test_lists_are_cut_when_long() -> None:
    assert [str(listed([])), str(listed([1])), str(listed([1, 2, 3]))] == ["nothing", "1", "1, 2 and 3"]
    assert str(listed(list(range(9)))) == "0, 1, 2, 3, 4 and 4 more"


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "zh_TW.UTF-8"}, "zh-TW"),
        ({"LANG": "zh_TW.UTF-8", "LABYARD_LANG": "en"}, "en"),
        ({"LC_ALL": "C", "LANG": "zh_TW.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_follows_the_environment(environ: dict[str, str], language: str) -> None:
    assert chosen_language(None, environ) == language
    assert match_language(language) in LANGUAGES
