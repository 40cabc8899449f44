"""Defaults of Nodes."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.quantity import canonical_resources


def default_node(node: Obj) -> None:
    """All of a node's capacity can be allocated unless its kubelet says less."""
    status = node.get("status") or {}
    for part in ("capacity", "allocatable"):
        canonical_resources(status.get(part))
    if status.get("allocatable") is None and status.get("capacity"):
        status["allocatable"] = dict(status["capacity"])


DEFAULTS: dict[str, Callable[[Obj], None]] = {"nodes": default_node}
