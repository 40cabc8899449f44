"""Defaults of HorizontalPodAutoscalers ("HorizontalPodAutoscaler v2 autoscaling" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj, clone
from grader.embedded.quantity import canonical_quantity

_METRIC_SOURCES = ("resource", "containerResource", "pods", "object", "external")
_USUAL_METRICS: list[Obj] = [
    {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
]
_RULES: dict[str, Obj] = {
    "scaleUp": {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 15},
            {"type": "Percent", "value": 100, "periodSeconds": 15},
        ],
    },
    "scaleDown": {
        "selectPolicy": "Max",
        "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
    },
}


def default_autoscaler(scaler: Obj) -> None:
    spec = scaler.setdefault("spec", {})
    spec.setdefault("scaleTargetRef", {})
    if spec.get("minReplicas") is None:
        spec["minReplicas"] = 1
    if not spec.get("metrics"):
        spec["metrics"] = [clone(metric) for metric in _USUAL_METRICS]
    for metric in spec["metrics"]:
        _canonical_targets(metric)
    behavior = spec.get("behavior")
    if behavior is not None:
        for direction, rules in _RULES.items():
            behavior[direction] = _completed(behavior.get(direction), rules)


def _completed(rules: Obj | None, usual: Obj) -> Obj:
    """Scaling rules with what they left open as usual."""
    merged = {**clone(usual), **{key: value for key, value in (rules or {}).items() if value is not None}}
    if merged.get("tolerance") is not None:
        merged["tolerance"] = canonical_quantity(merged["tolerance"])
    return merged


def _canonical_targets(metric: Obj) -> None:
    for source in _METRIC_SOURCES:
        found = metric.get(source)
        if found is None:
            continue
        target = found.setdefault("target", {})
        for field in ("value", "averageValue"):
            if target.get(field) is not None:
                target[field] = canonical_quantity(target[field])


DEFAULTS: dict[str, Callable[[Obj], None]] = {"horizontalpodautoscalers.autoscaling": default_autoscaler}
