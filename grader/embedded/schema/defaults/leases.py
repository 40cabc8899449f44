"""Leases have no defaults: every field of theirs is the holder's to fill."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj

DEFAULTS: dict[str, Callable[[Obj], None]] = {}
