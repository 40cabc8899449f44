"""Defaults of PriorityClasses. RuntimeClasses have none."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj


def default_priority_class(priority_class: Obj) -> None:
    if priority_class.get("preemptionPolicy") is None:
        priority_class["preemptionPolicy"] = "PreemptLowerPriority"


DEFAULTS: dict[str, Callable[[Obj], None]] = {"priorityclasses.scheduling.k8s.io": default_priority_class}
