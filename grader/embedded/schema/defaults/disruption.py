"""PodDisruptionBudgets have no defaults ("PodDisruptionBudget v1 policy" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj

DEFAULTS: dict[str, Callable[[Obj], None]] = {}
