"""Events have no defaults, in neither of their groups."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj

DEFAULTS: dict[str, Callable[[Obj], None]] = {}
