"""Defaults of Services and their endpoints' ports (Kubernetes API reference: Service v1 core).

Addresses, node ports, `ipFamilies` and `ipFamilyPolicy` are allocated later and are no defaults.
"""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj

AFFINITY_SECONDS = 10800
"""How long a client sticks to its endpoint under `sessionAffinity: ClientIP`, in seconds."""

_WITH_CLUSTER_IP = {"ClusterIP", "NodePort", "LoadBalancer"}


def default_service(service: Obj) -> None:
    spec = service.setdefault("spec", {})
    if not spec.get("type"):
        spec["type"] = "ClusterIP"
    _default_affinity(spec)
    for port in spec.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port", 0)
    _default_traffic(spec)


def _default_affinity(spec: Obj) -> None:
    if not spec.get("sessionAffinity"):
        spec["sessionAffinity"] = "None"
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        config = spec.get("sessionAffinityConfig") or {}
        if (config.get("clientIP") or {}).get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": AFFINITY_SECONDS}}


def _default_traffic(spec: Obj) -> None:
    kind = spec["type"]
    external = kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and bool(spec.get("externalIPs")))
    if external and not spec.get("externalTrafficPolicy"):
        spec["externalTrafficPolicy"] = "Cluster"
    if kind in _WITH_CLUSTER_IP and spec.get("internalTrafficPolicy") is None:
        spec["internalTrafficPolicy"] = "Cluster"
    if kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is None:
        spec["allocateLoadBalancerNodePorts"] = True


DEFAULTS: dict[str, Callable[[Obj], None]] = {"services": default_service}
