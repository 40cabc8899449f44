"""Timing, memory, and how figures are printed."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.embedded import process


@dataclass(frozen=True)
class Figure:
    """One measured thing: its value, the design's goal, and what the alternative took in the same run."""

    what: str
    value: str
    goal: str = ""
    beside: str = ""


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """The median wall time of some calls."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def megabytes(pid: int) -> float:
    """A process's resident memory, from /proc."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextlib.contextmanager
def cluster(folder: Path, name: str, **options: object) -> Iterator[process.Running]:
    """A cluster for the length of a block."""
    place = folder / "clusters" / name
    running = process.start(place, name=name, idle=600, **options)  # type: ignore[arg-type]
    try:
        yield running
    finally:
        process.stop(place, remove=True)


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned columns."""
    rows = [("", "here", "goal", "beside it"), *((f.what, f.value, f.goal, f.beside) for f in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    return "\n".join("  ".join(cells).rstrip() for cells in padded)
