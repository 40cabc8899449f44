"""Network policies: who may talk to whom (k8s.io/docs/concepts/services-networking/network-policies).

A pod that a policy selects is isolated in the policy's directions; what remains allowed is the union of all its
policies' rules. Nodes always reach their pods, and pods themselves.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import NamedTuple

from grader.embedded.machinery.client import Client
from grader.embedded.machinery.selectors import selector_of
from grader.embedded.objects import Key, Obj, key_of, labels_of
from grader.embedded.store import Event, EventType

_RESOURCE = "networkpolicies.networking.k8s.io"
_DNS = {"metadata": {"namespace": "kube-system", "name": "coredns", "labels": {"k8s-app": "kube-dns"}}, "spec": {}}
_DNS_PORT = 53


class _Traffic(NamedTuple):
    """What a rule looks at: the other end, its address, and the port with the pod that owns it."""

    peer: Obj | None
    address: str
    receiver: Obj | None
    port: int
    protocol: str


class Policies:
    """Decides about connections between pods; free of cost while there are no policies."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._pods: dict[str, Key] = {}
        for pod in client.each("pods"):
            self._learn(key_of(pod), pod)
        self._ends = [client.subscribe("pods", self._pod_changed)]

    def close(self) -> None:
        for end in self._ends:
            end()

    def namespace_of(self, address: str) -> str:
        """The namespace of the pod with an address; empty for an address of no pod."""
        key = self._pods.get(address)
        return key.namespace if key else ""

    def pod_at(self, address: str) -> Obj | None:
        """The pod with an address."""
        key = self._pods.get(address)
        return self._client.get("pods", *key) if key else None

    def allows(self, source: str | None, target: str, port: int, protocol: str = "TCP") -> bool:
        """Whether packets from a pod (or a node: None) reach a pod's port."""
        if not self._any() or source == target:
            return True
        sender = self.pod_at(source) if source else None
        receiver = self.pod_at(target)
        if sender is not None and not self._passes(
            "egress", sender, _Traffic(receiver, target, receiver, port, protocol)
        ):
            return False
        if receiver is None or source is None:
            return True
        return self._passes("ingress", receiver, _Traffic(sender, source, receiver, port, protocol))

    def allows_dns(self, source: str) -> bool:
        """Whether a pod may ask the cluster's name server."""
        sender = self.pod_at(source) if self._any() else None
        traffic = _Traffic(_DNS, "10.96.0.10", None, _DNS_PORT, "UDP")
        return sender is None or self._passes("egress", sender, traffic)

    def _any(self) -> bool:
        return next(iter(self._client.each(_RESOURCE)), None) is not None

    def _passes(self, way: str, subject: Obj, traffic: _Traffic) -> bool:
        """Whether a pod's policies of one direction let traffic through."""
        isolated = False
        for rules, namespace in self._rules(way, subject):
            isolated = True
            for rule in rules:
                peers = rule.get("from" if way == "ingress" else "to") or ()
                if _port_matches(rule.get("ports") or (), traffic) and (
                    not peers or any(self._peer_matches(p, namespace, traffic) for p in peers)
                ):
                    return True
        return not isolated

    def _rules(self, way: str, pod: Obj) -> Iterator[tuple[list[Obj], str]]:
        """The rules of each policy that isolates a pod in a direction, with the policy's namespace."""
        namespace = pod["metadata"]["namespace"]
        if pod["spec"].get("hostNetwork"):
            return
        for policy in self._client.each(_RESOURCE, namespace):
            spec = policy["spec"]
            types = spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
            if way.capitalize() in types and selector_of(spec.get("podSelector") or {}).matches(labels_of(pod)):
                yield spec.get(way) or [], namespace

    def _peer_matches(self, wanted: Obj, namespace: str, traffic: _Traffic) -> bool:
        block = wanted.get("ipBlock")
        if block is not None:
            return _in_block(block, traffic.address)
        peer = traffic.peer
        if peer is None or peer["spec"].get("hostNetwork"):
            return False
        home = peer["metadata"]["namespace"]
        spaces = wanted.get("namespaceSelector")
        if spaces is None:
            if home != namespace:
                return False
        else:
            space = self._client.get("namespaces", "", home)
            if space is None or not selector_of(spaces).matches(labels_of(space)):
                return False
        pods = wanted.get("podSelector")
        return pods is None or selector_of(pods).matches(labels_of(peer))

    def _pod_changed(self, event: Event) -> None:
        if event.type is EventType.DELETED:
            address = (event.object.get("status") or {}).get("podIP")
            if address and self._pods.get(address) == event.key:
                del self._pods[address]
        else:
            self._learn(event.key, event.object)

    def _learn(self, key: Key, pod: Obj) -> None:
        address = (pod.get("status") or {}).get("podIP")
        if address and not pod["spec"].get("hostNetwork"):
            self._pods[address] = key


def _in_block(block: Obj, address: str) -> bool:
    ip = ipaddress.ip_address(address)
    if ip not in ipaddress.ip_network(block["cidr"], strict=False):
        return False
    return not any(ip in ipaddress.ip_network(hole, strict=False) for hole in block.get("except") or ())


def _port_matches(wanted: list[Obj] | tuple[()], traffic: _Traffic) -> bool:
    if not wanted:
        return True
    for entry in wanted:
        if entry.get("protocol", "TCP") != traffic.protocol:
            continue
        asked: int | str | None = entry.get("port")
        if isinstance(asked, str):
            asked = _named_port(traffic.receiver, asked, traffic.protocol)
            if asked is None:
                continue
        if asked is None or asked <= traffic.port <= (entry.get("endPort") or asked):
            return True
    return False


def _named_port(pod: Obj | None, name: str, protocol: str) -> int | None:
    for container in (pod or {}).get("spec", {}).get("containers") or ():
        for port in container.get("ports") or ():
            if port.get("name") == name and port.get("protocol", "TCP") == protocol:
                number: int = port["containerPort"]
                return number
    return None
