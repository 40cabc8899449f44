"""Which pods of a daemon set go or come next while it is updated. Pure functions over what is on each node.

k8s.io/docs/tasks/manage-daemon/update-daemon-set
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

from grader.embedded.objects import Obj, is_terminating


@dataclass(frozen=True, slots=True)
class OnNode:
    """The newest pod of the current template on a node, and the newest of an older one."""

    new: Obj | None
    old: Obj | None


def limits(rolling: Obj, desired: int) -> tuple[int, int]:
    """(max surge, max unavailable); percentages are rounded up, and one of the two is at least 1."""
    surge = _count(rolling.get("maxSurge", 0), desired)
    unavailable = _count(rolling.get("maxUnavailable", 1), desired)
    return surge, unavailable if surge or unavailable else 1


def _count(value: int | str, total: int) -> int:
    return value if isinstance(value, int) else ceil(int(value.rstrip("%")) * total / 100)


def in_place(nodes: Mapping[str, OnNode], unavailable: int, is_available: Callable[[Obj], bool]) -> list[Obj]:
    """Old pods to delete, their successors following: those that do not work first, others as far as allowed."""
    down = 0
    free: list[Obj] = []
    candidates: list[Obj] = []
    for on_node in nodes.values():
        if on_node.new is not None:
            down += not is_available(on_node.new)
            continue
        old = on_node.old
        if old is None or is_terminating(old):
            down += 1
        elif not is_available(old):
            down += 1
            free.append(old)
        else:
            candidates.append(old)
    return free + candidates[: max(unavailable - down, 0)]


def surging(
    nodes: Mapping[str, OnNode], surge: int, is_available: Callable[[Obj], bool]
) -> tuple[list[str], list[Obj]]:
    """Nodes that get a new pod beside the old one, and old pods to delete because the new one works."""
    surging_now = 0
    starts: list[str] = []
    free: list[str] = []
    done: list[Obj] = []
    for name, on_node in nodes.items():
        old, new = on_node.old, on_node.new
        if old is None:
            continue
        if new is not None:
            if is_available(new):
                if not is_terminating(old):
                    done.append(old)
            else:
                surging_now += 1
        elif is_terminating(old) or not is_available(old):
            free.append(name)
        else:
            starts.append(name)
    return free + starts[: max(surge - surging_now, 0)], done
