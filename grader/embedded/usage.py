"""What objects count for in a resource quota (k8s.io/docs/concepts/policy/resource-quotas)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from grader.embedded.objects import Obj
from grader.embedded.qos import qos_class
from grader.embedded.quantity import Form, format_quantity, parse_quantity

Usage = dict[str, Fraction]

_COUNTED_BY_NAME = {
    "pods": "pods",
    "services": "services",
    "replicationcontrollers": "replicationcontrollers",
    "resourcequotas": "resourcequotas",
    "secrets": "secrets",
    "configmaps": "configmaps",
    "persistentvolumeclaims": "persistentvolumeclaims",
}
_PLAIN_REQUESTS = ("cpu", "memory", "ephemeral-storage")


def charge(key: str, obj: Obj) -> Usage:
    """What one object of a kind uses, by quota resource name (`pods`, `requests.cpu`, `count/deployments.apps`)."""
    if key == "pods" and obj.get("status", {}).get("phase") in ("Succeeded", "Failed"):
        return {"count/pods": Fraction(1)}
    used: Usage = {f"count/{key}": Fraction(1)}
    if key in _COUNTED_BY_NAME:
        used[_COUNTED_BY_NAME[key]] = Fraction(1)
    if key == "pods":
        _compute(obj["spec"], used)
    elif key == "services":
        _service(obj["spec"], used)
    elif key == "persistentvolumeclaims":
        _claim(obj["spec"], used)
    return used


def _compute(spec: Obj, used: Usage) -> None:
    for part in ("requests", "limits"):
        for name, amount in pod_total(spec, part).items():
            used[f"{part}.{name}"] = amount
            if part == "requests" and name in _PLAIN_REQUESTS:
                used[name] = amount


def pod_total(spec: Obj, part: str) -> Usage:
    """A pod's requests or limits: all containers and sidecars, or its largest init container where that is more."""
    total = _sum(spec.get("containers") or (), part)
    sidecars: Usage = {}
    peak: Usage = {}
    for container in spec.get("initContainers") or ():
        own = _sum([container], part)
        if container.get("restartPolicy") == "Always":
            sidecars = _add(sidecars, own)
            own = sidecars
        else:
            own = _add(sidecars, own)
        peak = {name: max(peak.get(name, Fraction(0)), own.get(name, Fraction(0))) for name in peak.keys() | own.keys()}
    total = _add(total, sidecars)
    total = {
        name: max(total.get(name, Fraction(0)), peak.get(name, Fraction(0))) for name in total.keys() | peak.keys()
    }
    return _add(total, {name: parse_quantity(value) for name, value in (spec.get("overhead") or {}).items()})


def _sum(containers: Iterable[Obj], part: str) -> Usage:
    total: Usage = {}
    for container in containers:
        for name, value in (container.get("resources", {}).get(part) or {}).items():
            total[name] = total.get(name, Fraction(0)) + parse_quantity(value)
    return total


def _add(one: Usage, other: Usage) -> Usage:
    return {name: one.get(name, Fraction(0)) + other.get(name, Fraction(0)) for name in one.keys() | other.keys()}


def _service(spec: Obj, used: Usage) -> None:
    kind = spec.get("type")
    ports = spec.get("ports") or ()
    if kind == "NodePort":
        used["services.nodeports"] = Fraction(len(ports))
    elif kind == "LoadBalancer":
        used["services.nodeports"] = Fraction(sum(1 for port in ports if port.get("nodePort")))
        used["services.loadbalancers"] = Fraction(1)


def _claim(spec: Obj, used: Usage) -> None:
    storage = (spec.get("resources") or {}).get("requests", {}).get("storage")
    if storage is None:
        return
    amount = parse_quantity(storage)
    used["requests.storage"] = amount
    name = spec.get("storageClassName")
    if name:
        prefix = f"{name}.storageclass.storage.k8s.io"
        used[f"{prefix}/requests.storage"] = amount
        used[f"{prefix}/persistentvolumeclaims"] = Fraction(1)


def in_scope(quota: Obj, key: str, obj: Obj) -> bool:
    """Whether a quota's scopes cover an object. A quota without scopes covers everything."""
    spec = quota["spec"]
    wanted: list[Obj] = [{"scopeName": name, "operator": "Exists"} for name in spec.get("scopes") or ()]
    wanted += (spec.get("scopeSelector") or {}).get("matchExpressions") or []
    if not wanted:
        return True
    return key == "pods" and all(_matches(requirement, obj) for requirement in wanted)


def _matches(requirement: Obj, pod: Obj) -> bool:
    spec = pod["spec"]
    name = requirement["scopeName"]
    if name == "PriorityClass":
        return _has_value(requirement, spec.get("priorityClassName"))
    best_effort = qos_class(spec) == "BestEffort"
    terminating = spec.get("activeDeadlineSeconds") is not None
    return {
        "BestEffort": best_effort,
        "NotBestEffort": not best_effort,
        "Terminating": terminating,
        "NotTerminating": not terminating,
    }.get(name, False)


def _has_value(requirement: Obj, value: str | None) -> bool:
    operator, values = requirement["operator"], requirement.get("values") or ()
    if operator == "Exists":
        return bool(value)
    if operator == "DoesNotExist":
        return not value
    return bool((value in values) == (operator == "In"))


def format_amount(name: str, amount: Fraction) -> str:
    """An amount as a quota's status prints it: counts plain, memory and storage in binary units, CPU in cores."""
    binary = name.endswith(("memory", "storage")) and amount.denominator == 1
    return format_quantity(amount, Form.BINARY if binary else Form.DECIMAL)
