"""Defaults of Deployments ("Deployment v1 apps" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.schema.defaults.pod_specs import default_template


def default_deployment(deployment: Obj) -> None:
    spec = deployment.setdefault("spec", {})
    default_template(spec)
    for field, value in (("replicas", 1), ("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600)):
        if spec.get(field) is None:
            spec[field] = value
    strategy = spec.setdefault("strategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.get("rollingUpdate")
        rolling = strategy["rollingUpdate"] = {} if rolling is None else rolling
        for field in ("maxUnavailable", "maxSurge"):
            if rolling.get(field) is None:
                rolling[field] = "25%"


DEFAULTS: dict[str, Callable[[Obj], None]] = {"deployments.apps": default_deployment}
