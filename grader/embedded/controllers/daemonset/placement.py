"""On which nodes a daemon runs, and what its pods need in order to be placed there. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable

from grader.embedded.objects import Obj, clone, labels_of

_NO_EXECUTE = ("not-ready", "unreachable")
_NO_SCHEDULE = ("disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")
_AFFINITY = "requiredDuringSchedulingIgnoredDuringExecution"


def tolerations_of(spec: Obj) -> list[Obj]:
    """A daemon's tolerations: its own, and those that every daemon has."""
    wanted = [_toleration(name, "NoExecute") for name in _NO_EXECUTE]
    wanted += [_toleration(name, "NoSchedule") for name in _NO_SCHEDULE]
    if spec.get("hostNetwork"):
        wanted.append(_toleration("network-unavailable", "NoSchedule"))
    own = list(spec.get("tolerations") or ())
    return own + [toleration for toleration in wanted if toleration not in own]


def _toleration(name: str, effect: str) -> Obj:
    return {"key": f"node.kubernetes.io/{name}", "operator": "Exists", "effect": effect}


def placed(spec: Obj, node: str) -> Obj:
    """A copy of a pod's spec that only fits one node."""
    spec = clone(spec)
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})[_AFFINITY] = {"nodeSelectorTerms": [term]}
    spec["tolerations"] = tolerations_of(spec)
    return spec


def node_of(pod: Obj) -> str:
    """The node a daemon's pod is on or meant for; empty when its spec does not say."""
    name: str = pod["spec"].get("nodeName", "")
    if name:
        return name
    affinity = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(_AFFINITY) or {}
    for term in affinity.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field["key"] == "metadata.name" and field.get("values"):
                return str(field["values"][0])
    return ""


def should_run(spec: Obj, node: Obj) -> tuple[bool, bool]:
    """Whether a daemon with this pod spec should start on a node, and whether one that is there may stay."""
    name = node["metadata"]["name"]
    if spec.get("nodeName") not in (None, "", name) or not _is_chosen(spec, node):
        return False, False
    taints = (node.get("spec") or {}).get("taints") or []
    tolerations = tolerations_of(spec)
    harmful = [taint for taint in taints if not any(tolerates(t, taint) for t in tolerations)]
    starts = not any(taint["effect"] in ("NoSchedule", "NoExecute") for taint in harmful)
    stays = not any(taint["effect"] == "NoExecute" for taint in harmful)
    return starts, stays


def tolerates(toleration: Obj, taint: Obj) -> bool:
    """Whether a toleration covers a taint (k8s.io/docs/concepts/scheduling-eviction/taint-and-toleration)."""
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    key, operator = toleration.get("key", ""), toleration.get("operator") or "Equal"
    if key not in ("", taint["key"]):
        return False
    value = taint.get("value", "")
    match operator:
        case "Exists":
            return True
        case "Equal":
            return bool(key) and toleration.get("value", "") == value
    return False


def _is_chosen(spec: Obj, node: Obj) -> bool:
    """Whether node selector and required node affinity allow a node."""
    labels = labels_of(node)
    if not (spec.get("nodeSelector") or {}).items() <= labels.items():
        return False
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(_AFFINITY)
    if not required:
        return True
    fields = {"metadata.name": node["metadata"]["name"]}
    return any(
        bool(term.get("matchExpressions") or term.get("matchFields"))
        and _all_hold(term.get("matchExpressions") or (), labels)
        and _all_hold(term.get("matchFields") or (), fields)
        for term in required.get("nodeSelectorTerms") or ()
    )


def _all_hold(requirements: Iterable[Obj], labels: dict[str, str]) -> bool:
    return all(_holds(requirement, labels.get(requirement["key"])) for requirement in requirements)


def _holds(requirement: Obj, value: str | None) -> bool:
    values = requirement.get("values") or ()
    match requirement["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compares(requirement["operator"], value, values)
    return False


def _compares(operator: str, value: str | None, values: Iterable[str]) -> bool:
    try:
        number, limit = int(value or ""), int(next(iter(values), ""))
    except ValueError:
        return False
    return number > limit if operator == "Gt" else number < limit
