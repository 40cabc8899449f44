"""Remarks on what is unclear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from grader.course.linting import lint

Write = Callable[..., Path]


def words(folder: Path) -> str:
    return "\n".join(str(remark.words) for remark in lint(folder))


def test_a_demand_that_no_text_makes_is_remarked(write: Write) -> None:
    found = words(write(("{selector: app=web, count: __replicas__}", "{deployment: shop, count: 4}")))
    assert "looks for shop, which the task does not mention" in found
    assert "looks for 4, which" in found


def test_a_number_may_be_written_as_a_word(write: Write) -> None:
    found = words(write(("count: __replicas__", "count: 4"), ("Run __replicas__ pods", "Run four pods")))
    assert "looks for" not in found


def test_missing_translations_and_sleeps_are_remarked(write: Write) -> None:
    found = words(write(files={"solution/commands.sh": "kubectl get pods\nsleep 5\n"}))
    assert "there are no texts in zh-TW" in found
    assert "sleep" in found
