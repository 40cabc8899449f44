"""Defaults of NetworkPolicies (k8s.io/docs/concepts/services-networking/network-policies)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj


def default_network_policy(policy: Obj) -> None:
    """A policy without types is one for ingress, and for egress too once it has egress rules."""
    spec = policy.setdefault("spec", {})
    for direction in ("ingress", "egress"):
        for rule in spec.get(direction) or ():
            for port in rule.get("ports") or ():
                if port.get("protocol") is None:
                    port["protocol"] = "TCP"
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


DEFAULTS: dict[str, Callable[[Obj], None]] = {"networkpolicies.networking.k8s.io": default_network_policy}
