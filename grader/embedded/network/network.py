"""The network as pods, probes and proxies see it: addresses, names, listeners, and connections between them.

A connection goes from a source (a pod's address, or None for the node itself) to an address and port; service
addresses lead to one of their endpoints, network policies may drop it, and nothing listening refuses it.
"""

from __future__ import annotations

import asyncio
import inspect
import ipaddress
from collections.abc import Callable, Mapping
from typing import NoReturn

from grader.embedded.clock import Clock
from grader.embedded.machinery.client import Client
from grader.embedded.network.addresses import PodAddresses
from grader.embedded.network.dns import DnsAnswer, ResolverConfig, Zone, pod_resolver
from grader.embedded.network.errors import (
    AddressInUseError,
    ConnectionRefused,
    ConnectTimeout,
    HostUnreachable,
    NameNotFound,
    ProtocolError,
    ReadTimeout,
)
from grader.embedded.network.http import HttpRequest, HttpResponse, Listener, parse_url
from grader.embedded.network.policies import Policies
from grader.embedded.network.services import PortRule, ServiceRules
from grader.embedded.network.streams import Connection, connection_pair
from grader.embedded.network.waiting import within

CONNECT_TIMEOUT = 127.0
"""Seconds a Linux kernel tries a connection that nothing answers."""
_NEIGHBOUR_TIMEOUT = 3.1
"""Seconds until a node gives up on an address of its own pod network that no pod has."""
_PODS = ipaddress.ip_network("10.244.0.0/16")


class _BlackHole(Exception):
    """The packets are dropped: whoever connects waits."""


class Network:
    """The cluster's network. `nodes` gives addresses by node name; more are added with `add_node`."""

    def __init__(self, client: Client, clock: Clock, nodes: Mapping[str, str] | None = None) -> None:
        self.clock = clock
        self.addresses = PodAddresses()
        self.services = ServiceRules(client, clock)
        self.zone = Zone(client, self.services)
        self.policies = Policies(client)
        self._listeners: dict[tuple[str, int], Listener] = {}
        self._loopback: dict[tuple[str, int], Listener] = {}
        self._host_ports: dict[tuple[str, int], tuple[str, int]] = {}
        self._nodes: dict[str, str] = {}
        self._serving: set[asyncio.Task[None]] = set()
        for name, address in (nodes or {}).items():
            self.add_node(name, address)

    def close(self) -> None:
        """Stop following objects and end every connection that is being served."""
        self.services.close()
        self.policies.close()
        for task in self._serving:
            task.cancel()

    # Addresses

    def add_node(self, name: str, address: str) -> str:
        """Make a node known; returns its block of pod addresses (`spec.podCIDR`)."""
        self._nodes[address] = name
        self.zone.outside[name.lower()] = address
        return self.addresses.register(name)

    def assign_pod_ip(self, node: str) -> str:
        """A free pod address of a node. Raises AddressesExhaustedError."""
        return self.addresses.assign(node)

    def release(self, address: str) -> None:
        """Give a pod address back."""
        self.addresses.release(address)

    # Listening

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

    # Names

    def lookup(self, name: str) -> DnsAnswer:
        """What the name server answers for an absolute name."""
        return self.zone.lookup(name)

    def resolve(self, source_namespace: str, name: str, resolver: ResolverConfig | None = None) -> DnsAnswer:
        """The first answer along the search path of a namespace, or of a pod's own resolver files.

        Raises NameNotFound. Existing names without addresses count as found only when nothing else is.
        """
        config = resolver or pod_resolver(source_namespace)
        known = config.hosts.get(name.rstrip(".").lower())
        if known:
            return DnsAnswer(name, True, addresses=(known,))
        empty: DnsAnswer | None = None
        for candidate in config.candidates(name):
            answer = self.zone.lookup(candidate)
            if answer.addresses:
                return answer
            if answer.exists and empty is None:
                empty = answer
        if empty is None:
            raise NameNotFound(name)
        return empty

    def address_of(self, host: str, source: str | None = None, resolver: ResolverConfig | None = None) -> str:
        """The address to connect to for a host name or address. Raises NameNotFound."""
        if _is_address(host):
            return host
        if host.lower() == "localhost":
            return "127.0.0.1"
        namespace = self.policies.namespace_of(source) if source else ""
        if source and not self.policies.allows_dns(source):
            raise NameNotFound(host, unreachable=True)
        config = resolver if resolver is not None else (None if namespace else ResolverConfig())
        answer = self.resolve(namespace, host, config)
        if not answer.addresses:
            raise NameNotFound(host)
        return answer.addresses[0]

    def answers_ping(self, source: str | None, address: str) -> bool:
        """Whether something answers ICMP there: pods, nodes and oneself."""
        alive = address.startswith("127.") or self.addresses.taken(address) or address in self._nodes
        return alive and (address in self._nodes or self.policies.allows(source, address, 0, "ICMP"))

    # Connecting

    def route(self, source: str | None, address: str, port: int) -> tuple[str, int, Listener]:
        """Where a connection ends: the pod's address, its port and listener.

        Raises ConnectionRefused, HostUnreachable, or LookupError when the packets are dropped.
        """
        try:
            return self._route(source, address, port)
        except _BlackHole:
            raise LookupError(f"nothing answers at {address}:{port}") from None

    def _route(self, source: str | None, address: str, port: int) -> tuple[str, int, Listener]:
        if address.startswith("127.") or address == "0.0.0.0":
            return self._local(source, address, port)
        target, target_port = self._translate(source, address, port)
        if not self.policies.allows(source, target, target_port):
            raise _BlackHole
        listener = self._listeners.get((target, target_port))
        if listener is None and source == target:
            listener = self._loopback.get((target, target_port))
        if listener is not None:
            return target, target_port, listener
        if self.addresses.taken(target) or target in self._nodes:
            raise ConnectionRefused(address, port)
        if ipaddress.ip_address(target) in _PODS:
            raise HostUnreachable(address, port)
        raise _BlackHole

    def _local(self, source: str | None, address: str, port: int) -> tuple[str, int, Listener]:
        listener = self.listener(source, port) if source else None
        if listener is None or source is None:
            raise ConnectionRefused(address, port)
        return source, port, listener

    def _translate(self, source: str | None, address: str, port: int) -> tuple[str, int]:
        """Follow service rules, node ports and host ports to the address that the packets reach."""
        key = self.services.service_at(address)
        if key is not None:
            rule = self.services.rule(key, port)
            if rule is None:
                raise _BlackHole
            return self._backend(rule, source, address, port, self._node_of(source))
        node = self._nodes.get(address)
        if node is None:
            return address, port
        if (address, port) in self._listeners:
            return address, port
        forwarded = self._host_ports.get((address, port))
        if forwarded is not None:
            return forwarded
        rule = self.services.on_node_port(port)
        return (address, port) if rule is None else self._backend(rule, source, address, port, node, external=True)

    def _backend(
        self, rule: PortRule, source: str | None, address: str, port: int, node: str | None, *, external: bool = False
    ) -> tuple[str, int]:
        try:
            return self.services.choose(rule, source or "node", node, external=external)
        except LookupError:
            raise ConnectionRefused(address, port) from None

    def _node_of(self, source: str | None) -> str | None:
        return self.addresses.node_of(source) if source else None

    async def connect(
        self,
        source: str | None,
        host: str,
        port: int,
        *,
        timeout: float | None = None,
        resolver: ResolverConfig | None = None,
    ) -> Connection:
        """Open a stream. Raises NameNotFound or a ConnectError; `timeout` is in seconds of cluster time."""
        address = self.address_of(host, source, resolver)
        target, target_port, listener = await self._reach(source, address, port, timeout)
        return self._open(source, listener, target, target_port)

    async def connect_pod(self, address: str, port: int) -> Connection:
        """A stream from inside the pod's own network, as port-forward makes it. Raises ConnectionRefused."""
        listener = self.listener(address, port)
        if listener is None:
            raise ConnectionRefused("127.0.0.1", port)
        return self._open("127.0.0.1", listener, address, port)

    def _open(self, source: str | None, listener: Listener, target: str, port: int) -> Connection:
        client, server = connection_pair(f"{source or '10.244.0.1'}:0", f"{target}:{port}")
        task = asyncio.ensure_future(_serve(listener, server))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        return client

    async def _reach(
        self, source: str | None, address: str, port: int, timeout: float | None
    ) -> tuple[str, int, Listener]:
        try:
            return self._route(source, address, port)
        except HostUnreachable:
            if timeout is not None and timeout < _NEIGHBOUR_TIMEOUT:
                await self._give_up(address, port, timeout)
            await self.clock.sleep(_NEIGHBOUR_TIMEOUT)
            raise
        except _BlackHole:
            await self._give_up(address, port, timeout)

    async def _give_up(self, address: str, port: int, timeout: float | None) -> NoReturn:
        await self.clock.sleep(CONNECT_TIMEOUT if timeout is None else min(timeout, CONNECT_TIMEOUT))
        raise ConnectTimeout(address, port)

    async def http(
        self,
        source: str | None,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float | None = None,
        *,
        connect_timeout: float | None = None,
        resolver: ResolverConfig | None = None,
    ) -> HttpResponse:
        """One request and its answer. `timeout` bounds all of it, `connect_timeout` the connection alone.

        Raises NameNotFound, ConnectError, ReadTimeout, EmptyReply, ProtocolError; ValueError for a bad URL.
        """
        parts = parse_url(url)
        address = self.address_of(parts.host, source, resolver)
        limits = [limit for limit in (timeout, connect_timeout) if limit is not None]
        _, _, listener = await self._reach(source, address, parts.port, min(limits, default=None))
        if (parts.scheme == "https") != listener.tls:
            if parts.scheme == "https":
                raise ProtocolError("server gave HTTP response to HTTPS client")
            return HttpResponse(400, {}, b"Client sent an HTTP request to an HTTPS server.\n")
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        lowered.setdefault("host", parts.authority)
        answer = listener.http(HttpRequest(method, parts.target, lowered, body, source or "10.244.0.1"))
        if not inspect.isawaitable(answer):
            return answer
        try:
            return await within(self.clock, timeout, answer)
        except TimeoutError:
            raise ReadTimeout from None


async def _serve(listener: Listener, connection: Connection) -> None:
    try:
        await listener.stream(connection)
    finally:
        connection.close()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
