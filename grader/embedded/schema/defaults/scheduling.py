"""Defaults of PriorityClasses and RuntimeClasses."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.quantity import canonical_resources


def default_priority_class(priority_class: Obj) -> None:
    if priority_class.get("preemptionPolicy") is None:
        priority_class["preemptionPolicy"] = "PreemptLowerPriority"


def default_runtime_class(runtime_class: Obj) -> None:
    """No values of its own: quantities in their canonical form."""
    canonical_resources((runtime_class.get("overhead") or {}).get("podFixed"))


DEFAULTS: dict[str, Callable[[Obj], None]] = {
    "priorityclasses.scheduling.k8s.io": default_priority_class,
    "runtimeclasses.node.k8s.io": default_runtime_class,
}
