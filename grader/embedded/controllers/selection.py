"""Selectors as controllers need them: a test of labels that never fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.embedded.machinery.labels import SelectorError, selector_of
from grader.embedded.objects import Obj

Labels = Mapping[str, str]
Matcher = Callable[[Labels], bool]


def matcher(selector: Obj | None) -> Matcher:
    """The test that a LabelSelector object is: an empty one matches all, an absent or a broken one nothing."""
    try:
        return selector_of(selector).matches
    except SelectorError:
        return lambda labels: False


def selects(selector: Labels | None, labels: Labels) -> bool:
    """The test of a plain map of labels, as services have: an absent or empty one matches nothing."""
    return bool(selector) and selector.items() <= labels.items()  # type: ignore[union-attr]


def label_matcher(selector: Labels | None) -> Matcher:
    """`selects` with its selector bound."""
    return lambda labels: selects(selector, labels)


def is_empty(selector: Obj | None) -> bool:
    return not selector or not (selector.get("matchLabels") or selector.get("matchExpressions"))
