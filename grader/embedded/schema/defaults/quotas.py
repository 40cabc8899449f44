"""Defaults of LimitRanges (Kubernetes API reference: LimitRangeItem v1 core). ResourceQuotas have none."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj


def default_limit_range(limit_range: Obj) -> None:
    """For containers, `max` is the default limit, and the default limit, else `min`, the default request."""
    for item in (limit_range.get("spec") or {}).get("limits") or ():
        if item.get("type") != "Container":
            continue
        limits = {**(item.get("max") or {}), **(item.get("default") or {})}
        requests = {**(item.get("min") or {}), **limits, **(item.get("defaultRequest") or {})}
        if limits:
            item["default"] = limits
        if requests:
            item["defaultRequest"] = requests


DEFAULTS: dict[str, Callable[[Obj], None]] = {"limitranges": default_limit_range}
