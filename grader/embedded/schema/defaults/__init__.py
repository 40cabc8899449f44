"""Defaults: what the API server fills into an object that a client left open.

One file per kind or family, each with a table `DEFAULTS` from kind key (`deployments.apps`, `pods`) to a function
that completes an object in place. Only what the kind's own fields say; what depends on other objects (addresses,
service account volumes, priorities) belongs to admission and allocation. Rules: "Kubernetes API reference".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from grader.embedded.objects import Obj
from grader.embedded.schema.homes import HOMES

Default = Callable[[Obj], None]


def apply_defaults(kind_key: str, obj: Obj) -> None:
    """Complete a decoded object in place; the caller owns it. Kinds without defaults stay as they are."""
    fill = _of(kind_key)
    if fill is not None:
        fill(obj)


@cache
def _of(kind_key: str) -> Default | None:
    home = HOMES.get(kind_key)
    if home is None:
        return None
    table: dict[str, Default] = import_module(f"{__name__}.{home}").DEFAULTS
    return table.get(kind_key)
