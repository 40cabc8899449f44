"""Defaults of StatefulSets ("StatefulSet v1 apps" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.schema.defaults.pod_specs import default_template
from grader.embedded.schema.defaults.volumes import default_claim_spec


def default_stateful_set(stateful_set: Obj) -> None:
    spec = stateful_set.setdefault("spec", {})
    default_template(spec)
    if not spec.get("podManagementPolicy"):
        spec["podManagementPolicy"] = "OrderedReady"
    for field, value in (("replicas", 1), ("revisionHistoryLimit", 10)):
        if spec.get(field) is None:
            spec[field] = value
    _default_strategy(spec.setdefault("updateStrategy", {}))
    retention = spec.get("persistentVolumeClaimRetentionPolicy")
    retention = spec["persistentVolumeClaimRetentionPolicy"] = {} if retention is None else retention
    for field in ("whenDeleted", "whenScaled"):
        if not retention.get(field):
            retention[field] = "Retain"
    for claim in spec.get("volumeClaimTemplates") or ():
        _default_claim(claim)


def _default_strategy(strategy: Obj) -> None:
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.get("rollingUpdate")
        rolling = strategy["rollingUpdate"] = {} if rolling is None else rolling
        if rolling.get("partition") is None:
            rolling["partition"] = 0


def _default_claim(claim: Obj) -> None:
    claim["apiVersion"], claim["kind"] = "v1", "PersistentVolumeClaim"
    claim.setdefault("metadata", {})
    default_claim_spec(claim.setdefault("spec", {}))
    status = claim.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Pending"


DEFAULTS: dict[str, Callable[[Obj], None]] = {"statefulsets.apps": default_stateful_set}
