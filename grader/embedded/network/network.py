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
    ConnectionRefused,
    ConnectTimeout,
    HostUnreachable,
    NameNotFound,
    ProtocolError,
    ReadTimeout,
)
from grader.embedded.network.http import HttpRequest, HttpResponse, Listener, parse_url
from grader.embedded.network.policies import Policies
from grader.embedded.network.routing import PacketsDropped, Router
from grader.embedded.network.services import ServiceRules
from grader.embedded.network.streams import Connection, connection_pair
from grader.embedded.network.waiting import within

CONNECT_TIMEOUT = 127.0
"""Seconds a Linux kernel tries a connection that nothing answers."""
_NEIGHBOUR_TIMEOUT = 3.1
"""Seconds until a node gives up on an address of its own pod network that no pod has."""


class Network:
    """The cluster's network. `nodes` gives addresses by node name; more are added with `add_node`."""

    def __init__(self, client: Client, clock: Clock, nodes: Mapping[str, str] | None = None) -> None:
        self.clock = clock
        self.addresses = PodAddresses()
        self.services = ServiceRules(client, clock)
        self.zone = Zone(client, self.services)
        self.policies = Policies(client)
        self.router = Router(self.addresses, self.services, self.policies)
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
        self.router.add_node(name, address)
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
        return self.router.listen(address, port, listener, loopback=loopback)

    def forward_host_port(self, node_address: str, port: int, pod: str, target: int) -> Callable[[], None]:
        """Lead a port of a node to a pod: `hostPort`. Returns what ends it."""
        return self.router.forward_host_port(node_address, port, pod, target)

    def listener(self, address: str, port: int) -> Listener | None:
        """What listens at a pod's port, loopback included: for port-forward, which enters the pod itself."""
        return self.router.listener(address, port)

    def ports(self, address: str) -> list[int]:
        """The ports a pod listens on."""
        return self.router.ports(address)

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
        return self.router.answers_ping(source, address)

    # Connecting

    def route(self, source: str | None, address: str, port: int) -> tuple[str, int, Listener]:
        """Where a connection ends: see `Router.route`."""
        return self.router.route(source, address, port)

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
            return self.router.route(source, address, port)
        except HostUnreachable:
            if timeout is not None and timeout < _NEIGHBOUR_TIMEOUT:
                await self._give_up(address, port, timeout)
            await self.clock.sleep(_NEIGHBOUR_TIMEOUT)
            raise
        except PacketsDropped:
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
