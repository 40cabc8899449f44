"""What kube-proxy's rules say: which pod address answers for a service's address and port.

Rules follow services and endpoint slices (k8s.io/docs/reference/networking/virtual-ips); they are worked out
when a connection first needs them and forgotten when either changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.embedded.clock import Clock
from grader.embedded.machinery.client import Client
from grader.embedded.objects import Key, Obj, key_of, labels_of
from grader.embedded.store import Event, EventType

_SERVICE_LABEL = "kubernetes.io/service-name"
_AFFINITY_SECONDS = 10800
_MAX_AFFINITIES = 10_000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One backend of a service."""

    address: str
    node: str
    hostname: str
    ready: bool
    serving: bool
    terminating: bool


@dataclass(slots=True)
class PortRule:
    """A port of a service and who is behind it."""

    service: Key
    name: str
    port: int
    protocol: str
    node_port: int
    backends: list[tuple[Endpoint, int]]
    affinity: int | None
    """Seconds a client stays with its backend, or None."""
    internal_local: bool
    external_local: bool
    turn: int = 0
    sticky: dict[str, tuple[str, float]] = field(default_factory=dict)


class ServiceRules:
    """Services by address, and their endpoints."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._by_address: dict[str, Key] = {}
        self._node_ports: dict[tuple[str, int], Key] = {}
        self._slices: dict[Key, dict[str, Obj]] = {}
        self._rules: dict[Key, list[PortRule]] = {}
        for service in client.each("services"):
            self._index(key_of(service), None, service)
        for piece in client.each("endpointslices.discovery.k8s.io"):
            self._index_slice(None, piece)
        self._ends = [
            client.subscribe("services", self._service_changed),
            client.subscribe("endpointslices.discovery.k8s.io", self._slice_changed),
        ]

    def close(self) -> None:
        for end in self._ends:
            end()

    def service_at(self, address: str) -> Key | None:
        """The service whose cluster, load balancer or external address this is."""
        return self._by_address.get(address)

    def on_node_port(self, port: int, protocol: str = "TCP") -> PortRule | None:
        """The rule of a node port."""
        key = self._node_ports.get((protocol, port))
        if key is None:
            return None
        return next((r for r in self.rules(key) if r.node_port == port and r.protocol == protocol), None)

    def rule(self, key: Key, port: int, protocol: str = "TCP") -> PortRule | None:
        return next((r for r in self.rules(key) if r.port == port and r.protocol == protocol), None)

    def rules(self, key: Key) -> list[PortRule]:
        """Every port of a service."""
        found = self._rules.get(key)
        if found is None:
            service = self._client.get("services", *key)
            found = self._rules[key] = [] if service is None else self._build(key, service)
        return found

    def endpoints(self, key: Key) -> list[tuple[Endpoint, list[Obj]]]:
        """Every endpoint of a service with the ports of its slice, ready or not."""
        found = []
        for piece in self._slices.get(key, {}).values():
            ports = piece.get("ports") or []
            found += [(endpoint, ports) for raw in piece.get("endpoints") or () for endpoint in _endpoints(raw)]
        return found

    def choose(
        self, rule: PortRule, source: str, node: str | None = None, *, external: bool = False
    ) -> tuple[str, int]:
        """A backend's address and port. Raises LookupError when no endpoint may serve.

        `node` is where the connection comes in, for traffic policies that keep to it.
        """
        usable = usable_backends(rule.backends)
        if (rule.external_local if external else rule.internal_local) and node is not None:
            usable = usable_backends([backend for backend in rule.backends if backend[0].node == node])
        if not usable:
            raise LookupError("no endpoints")
        if rule.affinity is not None:
            known = self._remembered(rule, source, usable)
            if known is not None:
                return known
        endpoint, port = usable[rule.turn % len(usable)]
        rule.turn += 1
        if rule.affinity is not None:
            self._remember(rule, source, endpoint.address)
        return endpoint.address, port

    def _remembered(self, rule: PortRule, source: str, usable: list[tuple[Endpoint, int]]) -> tuple[str, int] | None:
        known = rule.sticky.get(source)
        if known is None or rule.affinity is None or self._clock.now() - known[1] > rule.affinity:
            return None
        for endpoint, port in usable:
            if endpoint.address == known[0]:
                self._remember(rule, source, endpoint.address)
                return endpoint.address, port
        return None

    def _remember(self, rule: PortRule, source: str, address: str) -> None:
        if len(rule.sticky) >= _MAX_AFFINITIES:
            rule.sticky.clear()
        rule.sticky[source] = (address, self._clock.now())

    def _build(self, key: Key, service: Obj) -> list[PortRule]:
        spec = service["spec"]
        if spec.get("type") == "ExternalName":
            return []
        affinity = None
        if spec.get("sessionAffinity") == "ClientIP":
            config = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
            affinity = config.get("timeoutSeconds", _AFFINITY_SECONDS)
        endpoints = self.endpoints(key)
        return [
            PortRule(
                key,
                port.get("name", ""),
                port["port"],
                port.get("protocol", "TCP"),
                port.get("nodePort", 0),
                _backends(port, endpoints),
                affinity,
                spec.get("internalTrafficPolicy") == "Local",
                spec.get("externalTrafficPolicy") == "Local",
            )
            for port in spec.get("ports") or ()
        ]

    def _service_changed(self, event: Event) -> None:
        new = None if event.type is EventType.DELETED else event.object
        self._index(event.key, event.old, new)
        self._forget(event.key)

    def _index(self, key: Key, old: Obj | None, new: Obj | None) -> None:
        for address in _addresses(old):
            if self._by_address.get(address) == key:
                del self._by_address[address]
        for port in _node_ports(old):
            self._node_ports.pop(port, None)
        for address in _addresses(new):
            self._by_address[address] = key
        for port in _node_ports(new):
            self._node_ports[port] = key

    def _slice_changed(self, event: Event) -> None:
        self._index_slice(event.old, None if event.type is EventType.DELETED else event.object)

    def _index_slice(self, old: Obj | None, new: Obj | None) -> None:
        for piece, present in ((old, False), (new, True)):
            name = labels_of(piece).get(_SERVICE_LABEL) if piece else None
            if piece is None or name is None:
                continue
            key = Key(piece["metadata"]["namespace"], name)
            pieces = self._slices.setdefault(key, {})
            if present:
                pieces[piece["metadata"]["name"]] = piece
            else:
                pieces.pop(piece["metadata"]["name"], None)
                if not pieces:
                    del self._slices[key]
            self._forget(key)

    def _forget(self, key: Key) -> None:
        """Work the rules out anew, but keep whose turn it is and who is stuck to whom."""
        old = self._rules.pop(key, None)
        if not old:
            return
        for rule in self.rules(key):
            for before in old:
                if (before.port, before.protocol) == (rule.port, rule.protocol):
                    rule.turn, rule.sticky = before.turn, before.sticky


def usable_backends(backends: list[tuple[Endpoint, int]]) -> list[tuple[Endpoint, int]]:
    """Ready endpoints; where there are none, those that still serve while they terminate."""
    ready = [backend for backend in backends if backend[0].ready]
    return ready or [backend for backend in backends if backend[0].serving and backend[0].terminating]


def _backends(port: Obj, endpoints: list[tuple[Endpoint, list[Obj]]]) -> list[tuple[Endpoint, int]]:
    name, protocol = port.get("name", ""), port.get("protocol", "TCP")
    return [
        (endpoint, target["port"])
        for endpoint, ports in endpoints
        for target in ports
        if (target.get("name") or "") == name and target.get("protocol", "TCP") == protocol and target.get("port")
    ]


def _endpoints(raw: Obj) -> list[Endpoint]:
    conditions = raw.get("conditions") or {}
    ready = conditions.get("ready") is not False
    serving = conditions.get("serving", ready) is not False
    terminating = conditions.get("terminating") is True
    node, hostname = raw.get("nodeName") or "", raw.get("hostname") or ""
    return [Endpoint(address, node, hostname, ready, serving, terminating) for address in raw.get("addresses") or ()]


def _addresses(service: Obj | None) -> list[str]:
    if service is None:
        return []
    spec = service["spec"]
    found = [address for address in spec.get("clusterIPs") or [spec.get("clusterIP")] if address and address != "None"]
    found += spec.get("externalIPs") or ()
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return found + [entry["ip"] for entry in ingress if entry.get("ip")]


def _node_ports(service: Obj | None) -> list[tuple[str, int]]:
    ports = (service["spec"].get("ports") or ()) if service else ()
    return [(port.get("protocol", "TCP"), port["nodePort"]) for port in ports if port.get("nodePort")]
