"""Defaults of Namespaces: the phase, and the label that carries the name."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj

NAME_LABEL = "kubernetes.io/metadata.name"


def default_namespace(namespace: Obj) -> None:
    """The label is written over whatever the client put there (k8s.io/docs/reference/labels-annotations-taints)."""
    meta = namespace.setdefault("metadata", {})
    if meta.get("name"):
        labels = meta.get("labels") or {}
        labels[NAME_LABEL] = meta["name"]
        meta["labels"] = labels
    status = namespace.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Active"


DEFAULTS: dict[str, Callable[[Obj], None]] = {"namespaces": default_namespace}
