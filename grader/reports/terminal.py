"""A report on standard output: coloured on a terminal, plain in a pipe or with NO_COLOR."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from grader.reports.plain import Line, lines
from grader.results import Report, Verdict

_COLOURS = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.SKIPPED: "yellow", Verdict.ERRORED: "magenta"}


def show(report: Report, language: str = "en", *, reveal: bool = False) -> None:
    """Print a report."""
    found = lines(report, language, reveal=reveal)
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        for line in found:
            print(line.words)
        return
    from rich.console import Console

    Console(highlight=False, soft_wrap=True).print(styled(found))


def styled(found: Iterable[Line]) -> object:
    """Lines as one rich text. What they say is never read as markup."""
    from rich.text import Text as Rich

    whole = Rich()
    for number, line in enumerate(found):
        style = {"detail": "default", "task": f"bold {_COLOURS[line.verdict]}"}.get(line.kind, _COLOURS[line.verdict])
        whole.append(("\n" if number else "") + line.words, style=style)
    return whole
