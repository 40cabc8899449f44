"""Kinds that are served in two forms and stored in one.

events.k8s.io/v1 and v1 events are one thing; so are autoscaling v1 and v2. Conversions as in Kubernetes'
internal ones; what v1 cannot say travels in the annotations that Kubernetes uses for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from grader.embedded.objects import Obj
from grader.embedded.resources import Resource, Resources

_EVENTS = ("events.k8s.io", "v1", "events")
_SCALERS = ("autoscaling", "v1", "horizontalpodautoscalers")
_METRICS = "autoscaling.alpha.kubernetes.io/metrics"
_BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior"
_EVENT_NAMES = {
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
    "reportingController": "reportingComponent",
}


@dataclass(frozen=True, slots=True)
class _Form:
    stored: tuple[str, str, str]
    outward: Callable[[Obj], Obj]
    inward: Callable[[Obj], Obj]


def _renamed(obj: Obj, names: dict[str, str], api_version: str) -> Obj:
    return {**{names.get(key, key): value for key, value in obj.items()}, "apiVersion": api_version}


def _event_out(obj: Obj) -> Obj:
    return _renamed(obj, {core: new for new, core in _EVENT_NAMES.items()}, "events.k8s.io/v1")


def _event_in(obj: Obj) -> Obj:
    return _renamed(obj, _EVENT_NAMES, "v1")


def _is_cpu_utilization(metric: Obj) -> bool:
    resource = metric.get("resource") or {}
    return resource.get("name") == "cpu" and (resource.get("target") or {}).get("type") == "Utilization"


def _scaler_out(obj: Obj) -> Obj:
    spec = dict(obj.get("spec") or {})
    metadata = dict(obj["metadata"])
    annotations = dict(metadata.get("annotations") or {})
    metrics = spec.pop("metrics", None) or []
    cpu = next((m for m in metrics if _is_cpu_utilization(m)), None)
    if cpu:
        spec["targetCPUUtilizationPercentage"] = cpu["resource"]["target"].get("averageUtilization")
    others = [m for m in metrics if m is not cpu]
    if others:
        annotations[_METRICS] = orjson.dumps(others).decode()
    if behavior := spec.pop("behavior", None):
        annotations[_BEHAVIOR] = orjson.dumps(behavior).decode()
    if annotations:
        metadata["annotations"] = annotations
    status = dict(obj.get("status") or {})
    for metric in status.pop("currentMetrics", None) or []:
        resource = metric.get("resource") or {}
        if resource.get("name") == "cpu" and "averageUtilization" in (resource.get("current") or {}):
            status["currentCPUUtilizationPercentage"] = resource["current"]["averageUtilization"]
    status.pop("conditions", None)
    status.setdefault("currentReplicas", 0)
    return {**obj, "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status}


def _scaler_in(obj: Obj) -> Obj:
    spec = dict(obj.get("spec") or {})
    metadata = dict(obj.get("metadata") or {})
    annotations = dict(metadata.get("annotations") or {})
    metrics = []
    utilization = spec.pop("targetCPUUtilizationPercentage", None)
    if utilization is not None:
        target = {"type": "Utilization", "averageUtilization": utilization}
        metrics.append({"type": "Resource", "resource": {"name": "cpu", "target": target}})
    if _METRICS in annotations:
        metrics.extend(orjson.loads(annotations.pop(_METRICS)))
    if _BEHAVIOR in annotations:
        spec["behavior"] = orjson.loads(annotations.pop(_BEHAVIOR))
    if metrics:
        spec["metrics"] = metrics
    if "annotations" in metadata:
        metadata["annotations"] = annotations
    return {**obj, "apiVersion": "autoscaling/v2", "metadata": metadata, "spec": spec}


_FORMS = {
    _EVENTS: _Form(("", "v1", "events"), _event_out, _event_in),
    _SCALERS: _Form(("autoscaling", "v2", "horizontalpodautoscalers"), _scaler_out, _scaler_in),
}


def _form(resource: Resource) -> _Form | None:
    return _FORMS.get((resource.group, resource.version, resource.plural))


def is_stored(resource: Resource) -> bool:
    """Whether objects of this version go out as they are stored."""
    return not resource.custom and _form(resource) is None


def stored(resources: Resources, resource: Resource) -> Resource:
    """The resource in whose form objects are kept."""
    form = _form(resource)
    if form is not None:
        return resources.at(*form.stored) or resource
    return resources.named(resource.key) if resource.custom else resource


def converted(resource: Resource, obj: Obj) -> Obj:
    """A stored object in the version of `resource`. Custom resources only change their apiVersion (strategy None)."""
    form = _form(resource)
    if form is not None:
        return form.outward(obj)
    return obj if obj["apiVersion"] == resource.api_version else {**obj, "apiVersion": resource.api_version}


def taken_in(resource: Resource, storage: Resource, obj: Obj) -> Obj:
    """A client's object in the form it is stored in. Raises ValueError when an annotation holds no JSON."""
    form = _form(resource)
    if form is not None:
        return form.inward(obj)
    return obj if resource is storage else {**obj, "apiVersion": storage.api_version}
