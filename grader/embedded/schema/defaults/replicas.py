"""Defaults of ReplicaSets and ReplicationControllers (pages of the same names in the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.schema.defaults.pod_specs import default_template


def default_replica_set(replica_set: Obj) -> None:
    spec = replica_set.setdefault("spec", {})
    default_template(spec)
    if spec.get("replicas") is None:
        spec["replicas"] = 1


def default_replication_controller(controller: Obj) -> None:
    """Selector and labels that are missing are those of the template."""
    spec = controller.setdefault("spec", {})
    if spec.get("template") is not None:
        default_template(spec)
        labels = spec["template"]["metadata"].get("labels")
        if labels:
            if not spec.get("selector"):
                spec["selector"] = dict(labels)
            meta = controller.setdefault("metadata", {})
            if not meta.get("labels"):
                meta["labels"] = dict(labels)
    if spec.get("replicas") is None:
        spec["replicas"] = 1


DEFAULTS: dict[str, Callable[[Obj], None]] = {
    "replicasets.apps": default_replica_set,
    "replicationcontrollers": default_replication_controller,
}
