"""Completion indexes and their text form, such as `0-3,7`."""

from __future__ import annotations

from collections.abc import Iterable

from grader.embedded.objects import Obj, annotations_of

INDEX = "batch.kubernetes.io/job-completion-index"


def parse(text: str, completions: int) -> set[int]:
    """The indexes in a text that are below `completions`. Raises ValueError for a text that is none."""
    found: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), min(int(last or first), completions - 1) + 1))
    return found


def render(indexes: Iterable[int]) -> str:
    """Indexes in order; two or more in a row become a range."""
    runs: list[list[int]] = []
    for index in sorted(indexes):
        if runs and runs[-1][1] == index - 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def index_of(pod: Obj) -> int | None:
    """A pod's completion index, None when it has none that is a number."""
    text = annotations_of(pod).get(INDEX, "")
    return int(text) if text.isdigit() else None
