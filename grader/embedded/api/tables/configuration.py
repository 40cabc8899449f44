"""Cells of configuration and of what bounds a namespace: config maps, secrets, quotas, budgets, classes, leases."""

from __future__ import annotations

from grader.embedded.api.tables.cells import (
    Cells,
    CellsOf,
    age,
    name_and_age,
    name_of,
    spec_of,
    status_of,
)
from grader.embedded.objects import Obj


def _config_map(obj: Obj, now: float) -> Cells:
    return [name_of(obj), len(obj.get("data") or ()) + len(obj.get("binaryData") or ()), age(obj, now)]


def _secret(obj: Obj, now: float) -> Cells:
    return [name_of(obj), obj.get("type", ""), len(obj.get("data") or ()), age(obj, now)]


def _namespace(obj: Obj, now: float) -> Cells:
    return [name_of(obj), status_of(obj).get("phase", ""), age(obj, now)]


def _quota(obj: Obj, now: float) -> Cells:
    """Requests and limits apart: `pods: 1/3, requests.cpu: 0/2` and `limits.cpu: 0/4`."""
    status = status_of(obj)
    used = status.get("used") or {}
    requests: list[str] = []
    limits: list[str] = []
    for resource, hard in sorted((status.get("hard") or {}).items()):
        column = limits if resource.startswith("limits.") else requests
        column.append(f"{resource}: {used.get(resource, '0')}/{hard}")
    return [name_of(obj), ", ".join(requests), ", ".join(limits), age(obj, now)]


def _disruption_budget(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    return [
        name_of(obj),
        str(spec.get("minAvailable", "N/A")),
        str(spec.get("maxUnavailable", "N/A")),
        status_of(obj).get("disruptionsAllowed", 0),
        age(obj, now),
    ]


def _priority_class(obj: Obj, now: float) -> Cells:
    return [
        name_of(obj),
        obj.get("value", 0),
        obj.get("globalDefault", False),
        age(obj, now),
        obj.get("preemptionPolicy", ""),
    ]


def _runtime_class(obj: Obj, now: float) -> Cells:
    return [name_of(obj), obj.get("handler", ""), age(obj, now)]


def _lease(obj: Obj, now: float) -> Cells:
    return [name_of(obj), spec_of(obj).get("holderIdentity", ""), age(obj, now)]


def _component_status(obj: Obj, now: float) -> Cells:
    for condition in obj.get("conditions") or ():
        if condition["type"] == "Healthy":
            word = "Healthy" if condition["status"] == "True" else "Unhealthy"
            return [name_of(obj), word, condition.get("message", ""), condition.get("error", "")]
    return [name_of(obj), "Unknown", "", ""]


PRINTERS: dict[str, CellsOf] = {
    "componentstatuses": _component_status,
    "configmaps": _config_map,
    "leases.coordination.k8s.io": _lease,
    "namespaces": _namespace,
    "poddisruptionbudgets.policy": _disruption_budget,
    "priorityclasses.scheduling.k8s.io": _priority_class,
    "resourcequotas": _quota,
    "runtimeclasses.node.k8s.io": _runtime_class,
    "secrets": _secret,
    "serviceaccounts": name_and_age,
}
