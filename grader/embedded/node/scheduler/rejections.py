"""Why a node is out for a pod, and how it is told for all nodes together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

NO_NODES = "no nodes available to schedule pods"
_NOT_HELPFUL = "Preemption is not helpful for scheduling"
_NO_VICTIMS = "No preemption victims found for incoming pod"
_NO_CLAIMS = "no new claims to deallocate"


class Rejection(NamedTuple):
    """The reasons of one node; `helpless`: displacing pods from it would not help."""

    reasons: tuple[str, ...]
    helpless: bool = False


def summary(
    rejections: Mapping[str, Rejection], *, before: str = "", preempts: bool = True, displaced: bool = False
) -> str:
    """The text of a FailedScheduling event, as the scheduler of v1.36 puts it.

    `before`: a reason that was found before any node was looked at. `preempts`: the pod's preemption policy allows it.
    `displaced`: room is being made already.
    """
    total = len(rejections)
    if not total:
        return NO_NODES
    head = f"0/{total} nodes are available:"
    if before:
        head += f" {before}."
    else:
        head += f" {_counted(reason for r in rejections.values() for reason in r.reasons)}."
    if displaced:
        return head
    if not preempts:
        return f"{head} {_NO_CLAIMS}, preemption: not eligible due to preemptionPolicy=Never."
    why = _counted(_NOT_HELPFUL if before or r.helpless else _NO_VICTIMS for r in rejections.values())
    return f"{head} {_NO_CLAIMS}, preemption: 0/{total} nodes are available: {why}."


def _counted(reasons: Iterable[str]) -> str:
    return ", ".join(sorted(f"{count} {reason}" for reason, count in Counter(reasons).items()))
