"""On which nodes a daemon runs, and what its pods need in order to be placed there. Pure functions."""

from __future__ import annotations

from grader.embedded.node.node_affinity import fits_node
from grader.embedded.node.scheduler.taints import tolerates
from grader.embedded.objects import Obj, clone

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
    if spec.get("nodeName") not in (None, "", name) or not fits_node(spec, node):
        return False, False
    taints = (node.get("spec") or {}).get("taints") or []
    tolerations = tolerations_of(spec)
    harmful = [taint for taint in taints if not any(tolerates(t, taint) for t in tolerations)]
    starts = not any(taint["effect"] in ("NoSchedule", "NoExecute") for taint in harmful)
    stays = not any(taint["effect"] == "NoExecute" for taint in harmful)
    return starts, stays
