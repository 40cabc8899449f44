"""Where a connection ends: listeners of pods and nodes, service addresses, node ports and host ports."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from grader.embedded.network.addresses import PodAddresses
from grader.embedded.network.errors import AddressInUseError, ConnectionRefused, HostUnreachable
from grader.embedded.network.http import Listener
from grader.embedded.network.policies import Policies
from grader.embedded.network.services import PortRule, ServiceRules

_PODS = ipaddress.ip_network("10.244.0.0/16")

Place = tuple[str, int]


class PacketsDropped(LookupError):
    """Nothing answers, ever: whoever connects waits until it gives up."""


class Router:
    """Who listens where, and the rules that lead there."""

    def __init__(self, addresses: PodAddresses, services: ServiceRules, policies: Policies) -> None:
        self._addresses = addresses
        self._services = services
        self._policies = policies
        self._listeners: dict[Place, Listener] = {}
        self._loopback: dict[Place, Listener] = {}
        self._host_ports: dict[Place, Place] = {}
        self._nodes: dict[str, str] = {}

    def add_node(self, name: str, address: str) -> None:
        """Make a node's address known."""
        self._nodes[address] = name

    def listen(self, address: str, port: int, listener: Listener, *, loopback: bool = False) -> Callable[[], None]:
        """Serve a pod's port (`loopback`: for itself only); returns what closes it. Raises AddressInUseError."""
        table = self._loopback if loopback else self._listeners
        place = (address, port)
        if place in self._listeners or place in self._loopback:
            raise AddressInUseError(address, port)
        table[place] = listener

        def close() -> None:
            if table.get(place) is listener:
                del table[place]

        return close

    def forward_host_port(self, node_address: str, port: int, pod: str, target: int) -> Callable[[], None]:
        """Lead a port of a node to a pod: `hostPort`. Returns what ends it."""
        self._host_ports[node_address, port] = (pod, target)
        return lambda: self._host_ports.pop((node_address, port), None) and None

    def listener(self, address: str, port: int) -> Listener | None:
        """What listens at a pod's port, loopback included: for port-forward, which enters the pod itself."""
        return self._listeners.get((address, port)) or self._loopback.get((address, port))

    def ports(self, address: str) -> list[int]:
        """The ports a pod listens on."""
        places = [*self._listeners, *self._loopback]
        return sorted(port for place, port in places if place == address)

    def answers_ping(self, source: str | None, address: str) -> bool:
        """Whether something answers ICMP there: pods, nodes and oneself."""
        alive = address.startswith("127.") or self._addresses.taken(address) or address in self._nodes
        return alive and (address in self._nodes or self._policies.allows(source, address, 0, "ICMP"))

    def route(self, source: str | None, address: str, port: int) -> tuple[str, int, Listener]:
        """The pod's address, its port and listener.

        Raises ConnectionRefused, HostUnreachable, or PacketsDropped.
        """
        if address.startswith("127.") or address == "0.0.0.0":
            return self._local(source, address, port)
        target, target_port = self._translate(source, address, port)
        if not self._policies.allows(source, target, target_port):
            raise PacketsDropped(f"nothing answers at {address}:{port}")
        listener = self._listeners.get((target, target_port))
        if listener is None and source == target:
            listener = self._loopback.get((target, target_port))
        if listener is not None:
            return target, target_port, listener
        if self._addresses.taken(target) or target in self._nodes:
            raise ConnectionRefused(address, port)
        if ipaddress.ip_address(target) in _PODS:
            raise HostUnreachable(address, port)
        raise PacketsDropped(f"nothing answers at {address}:{port}")

    def _local(self, source: str | None, address: str, port: int) -> tuple[str, int, Listener]:
        listener = self.listener(source, port) if source else None
        if listener is None or source is None:
            raise ConnectionRefused(address, port)
        return source, port, listener

    def _translate(self, source: str | None, address: str, port: int) -> tuple[str, int]:
        """Follow service rules, node ports and host ports to the address that the packets reach."""
        key = self._services.service_at(address)
        if key is not None:
            rule = self._services.rule(key, port)
            if rule is None:
                raise PacketsDropped(f"nothing answers at {address}:{port}")
            return self._backend(rule, source, address, port, self._node_of(source))
        node = self._nodes.get(address)
        if node is None:
            return address, port
        if (address, port) in self._listeners:
            return address, port
        forwarded = self._host_ports.get((address, port))
        if forwarded is not None:
            return forwarded
        rule = self._services.on_node_port(port)
        return (address, port) if rule is None else self._backend(rule, source, address, port, node, external=True)

    def _backend(
        self, rule: PortRule, source: str | None, address: str, port: int, node: str | None, *, external: bool = False
    ) -> tuple[str, int]:
        try:
            return self._services.choose(rule, source or "node", node, external=external)
        except LookupError:
            raise ConnectionRefused(address, port) from None

    def _node_of(self, source: str | None) -> str | None:
        return self._addresses.node_of(source) if source else None
