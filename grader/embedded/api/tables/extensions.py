"""Cells of what extends or tunes the API itself: webhooks, admission policies, API services, devices, flow control."""

from __future__ import annotations

from grader.embedded.api.tables.cells import (
    NONE,
    UNSET,
    Cells,
    CellsOf,
    age,
    name_and_age,
    name_of,
    spec_of,
    status_of,
)
from grader.embedded.machinery.labels import format_selector
from grader.embedded.objects import Obj, condition_of, is_terminating


def _webhooks(obj: Obj, now: float) -> Cells:
    return [name_of(obj), len(obj.get("webhooks") or ()), age(obj, now)]


def _policy(counted: str) -> CellsOf:
    """The printer of an admission policy, which counts its validations or mutations."""

    def cells(obj: Obj, now: float) -> Cells:
        spec = spec_of(obj)
        kind = spec.get("paramKind")
        named = f"{kind.get('apiVersion', '')}/{kind.get('kind', '')}" if kind else UNSET
        return [name_of(obj), len(spec.get(counted) or ()), named, age(obj, now)]

    return cells


def _policy_binding(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    reference = spec.get("paramRef") or {}
    if reference.get("name"):
        named = f"{reference.get('namespace') or '*'}/{reference['name']}"
    elif "selector" in reference:
        named = format_selector(reference["selector"])
    else:
        named = UNSET
    return [name_of(obj), spec.get("policyName", ""), named, age(obj, now)]


def _api_service(obj: Obj, now: float) -> Cells:
    service = spec_of(obj).get("service")
    available = condition_of(obj, "Available")
    word = "Unknown" if available is None else available["status"]
    if available is not None and word != "True":
        word = f"{word} ({available.get('reason', '')})"
    where = f"{service.get('namespace', '')}/{service.get('name', '')}" if service else "Local"
    return [name_of(obj), where, word, age(obj, now)]


def _resource_claim(obj: Obj, now: float) -> Cells:
    status = status_of(obj)
    states = ["deleted"] if is_terminating(obj) else []
    if status.get("allocation"):
        states += ["allocated", "reserved"] if status.get("reservedFor") else ["allocated"]
    elif not states:
        states.append("pending")
    return [name_of(obj), ",".join(states), age(obj, now)]


def _resource_slice(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    pool = (spec.get("pool") or {}).get("name", "")
    return [name_of(obj), spec.get("nodeName", ""), spec.get("driver", ""), pool, age(obj, now)]


def _flow_schema(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    dangling = condition_of(obj, "Dangling")
    return [
        name_of(obj),
        (spec.get("priorityLevelConfiguration") or {}).get("name", ""),
        spec.get("matchingPrecedence", 0),
        (spec.get("distinguisherMethod") or {}).get("type", NONE),
        age(obj, now),
        "?" if dangling is None else dangling["status"],
    ]


def _priority_level(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    limited = spec.get("limited") or {}
    queuing = (limited.get("limitResponse") or {}).get("queuing") or {}
    return [
        name_of(obj),
        spec.get("type", ""),
        limited.get("nominalConcurrencyShares", NONE),
        *(queuing.get(field, NONE) for field in ("queues", "handSize", "queueLengthLimit")),
        age(obj, now),
    ]


_ADMISSION = "admissionregistration.k8s.io"

PRINTERS: dict[str, CellsOf] = {
    f"mutatingwebhookconfigurations.{_ADMISSION}": _webhooks,
    f"validatingwebhookconfigurations.{_ADMISSION}": _webhooks,
    f"validatingadmissionpolicies.{_ADMISSION}": _policy("validations"),
    f"mutatingadmissionpolicies.{_ADMISSION}": _policy("mutations"),
    f"validatingadmissionpolicybindings.{_ADMISSION}": _policy_binding,
    f"mutatingadmissionpolicybindings.{_ADMISSION}": _policy_binding,
    "apiservices.apiregistration.k8s.io": _api_service,
    "deviceclasses.resource.k8s.io": name_and_age,
    "resourceclaims.resource.k8s.io": _resource_claim,
    "resourceclaimtemplates.resource.k8s.io": name_and_age,
    "resourceslices.resource.k8s.io": _resource_slice,
    "flowschemas.flowcontrol.apiserver.k8s.io": _flow_schema,
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": _priority_level,
}
