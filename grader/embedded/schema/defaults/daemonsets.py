"""Defaults of DaemonSets ("DaemonSet v1 apps" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.schema.defaults.pod_specs import default_template


def default_daemon_set(daemon_set: Obj) -> None:
    spec = daemon_set.setdefault("spec", {})
    default_template(spec)
    if spec.get("revisionHistoryLimit") is None:
        spec["revisionHistoryLimit"] = 10
    strategy = spec.setdefault("updateStrategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.get("rollingUpdate")
        rolling = strategy["rollingUpdate"] = {} if rolling is None else rolling
        for field, value in (("maxUnavailable", 1), ("maxSurge", 0)):
            if rolling.get(field) is None:
                rolling[field] = value


DEFAULTS: dict[str, Callable[[Obj], None]] = {"daemonsets.apps": default_daemon_set}
