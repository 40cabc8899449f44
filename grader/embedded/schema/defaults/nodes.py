"""Defaults of Nodes."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj


def default_node(node: Obj) -> None:
    """All of a node's capacity can be allocated unless its kubelet says less."""
    status = node.get("status")
    if status and status.get("allocatable") is None and status.get("capacity"):
        status["allocatable"] = dict(status["capacity"])


DEFAULTS: dict[str, Callable[[Obj], None]] = {"nodes": default_node}
