"""Defaults of LimitRanges and ResourceQuotas (Kubernetes API reference: LimitRangeItem v1 core)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.quantity import canonical_resources

_PARTS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")


def default_limit_range(limit_range: Obj) -> None:
    """For containers, `max` is the default limit, and the default limit, else `min`, the default request."""
    for item in (limit_range.get("spec") or {}).get("limits") or ():
        for part in _PARTS:
            canonical_resources(item.get(part))
        if item.get("type") != "Container":
            continue
        limits = {**(item.get("max") or {}), **(item.get("default") or {})}
        requests = {**(item.get("min") or {}), **limits, **(item.get("defaultRequest") or {})}
        if limits:
            item["default"] = limits
        if requests:
            item["defaultRequest"] = requests


def default_quota(quota: Obj) -> None:
    """No values of its own: quantities in their canonical form."""
    canonical_resources((quota.get("spec") or {}).get("hard"))
    for part in ("hard", "used"):
        canonical_resources((quota.get("status") or {}).get(part))


DEFAULTS: dict[str, Callable[[Obj], None]] = {"limitranges": default_limit_range, "resourcequotas": default_quota}
