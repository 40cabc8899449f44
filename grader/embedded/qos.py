"""A pod's quality-of-service class (k8s.io/docs/concepts/workloads/pods/pod-qos)."""

from __future__ import annotations

from itertools import chain

from grader.embedded.objects import Obj
from grader.embedded.quantity import parse_quantity

_COMPUTE = ("cpu", "memory")


def qos_class(spec: Obj) -> str:
    """Guaranteed, Burstable or BestEffort, for a pod spec with its defaults filled in."""
    requests: dict[str, object] = {}
    guaranteed = True
    anything = False
    for container in chain(spec.get("containers") or (), spec.get("initContainers") or ()):
        resources = container.get("resources") or {}
        limits = {k: v for k, v in (resources.get("limits") or {}).items() if k in _COMPUTE and parse_quantity(v) > 0}
        requests = {
            k: v for k, v in (resources.get("requests") or {}).items() if k in _COMPUTE and parse_quantity(v) > 0
        }
        anything = anything or bool(limits) or bool(requests)
        if set(limits) != set(_COMPUTE) or any(
            parse_quantity(str(v)) != parse_quantity(limits[k]) for k, v in requests.items()
        ):
            guaranteed = False
    if not anything:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"
