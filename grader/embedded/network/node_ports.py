"""Node ports and load balancer addresses as real sockets on the machine.

A port is open while its service has an endpoint that may serve, so that without one a client is genuinely
refused. A port that cannot be had is told in an event on the service, with what to do.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator

from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.network.edge import Forwarder, bind
from grader.embedded.network.network import Network
from grader.embedded.network.services import usable_backends
from grader.embedded.network.streams import Connection
from grader.embedded.objects import Key, Obj
from grader.embedded.store import Event

_Place = tuple[str, int]


class NodePorts:
    """Real sockets for services. `address` is the machine's for node ports, `node` a virtual node address."""

    def __init__(
        self, client: Client, network: Network, events: EventRecorder, *, node: str, address: str = "127.0.0.1"
    ) -> None:
        self._client = client
        self._network = network
        self._events = events
        self._node = node
        self._address = address
        self._open: dict[_Place, tuple[Key, Forwarder]] = {}
        self._failed: dict[_Place, Key] = {}
        self._dirty: set[Key] = set()
        self._ends = [
            client.subscribe("services", self._service_changed),
            client.subscribe("endpointslices.discovery.k8s.io", self._slice_changed),
        ]
        for service in client.each("services"):
            self._later(Key(service["metadata"]["namespace"], service["metadata"]["name"]))

    def close(self) -> None:
        """Close every socket."""
        for end in self._ends:
            end()
        for _, forwarder in self._open.values():
            forwarder.close()
        self._open.clear()

    @property
    def places(self) -> list[_Place]:
        """The real addresses and ports that are open."""
        return sorted(self._open)

    def _service_changed(self, event: Event) -> None:
        self._later(event.key)

    def _slice_changed(self, event: Event) -> None:
        name = (event.object["metadata"].get("labels") or {}).get("kubernetes.io/service-name")
        if name:
            self._later(Key(event.key.namespace, name))

    def _later(self, key: Key) -> None:
        """Look at a service once the writes of this turn are done."""
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._settle)
        self._dirty.add(key)

    def _settle(self) -> None:
        dirty, self._dirty = self._dirty, set()
        for key in dirty:
            self._update(key)

    def _update(self, key: Key) -> None:
        service = self._client.get("services", *key)
        wanted = {} if service is None else dict(self._wanted(key, service))
        for place in [place for place, (owner, _) in self._open.items() if owner == key and place not in wanted]:
            self._open.pop(place)[1].close()
        for place in [place for place, owner in self._failed.items() if owner == key and place not in wanted]:
            del self._failed[place]
        for place, target in wanted.items():
            if place not in self._open and service is not None:
                self._bind(key, service, place, target)

    def _wanted(self, key: Key, service: Obj) -> Iterator[tuple[_Place, _Place]]:
        """Real place and the virtual one it leads to, for each port that somebody may serve."""
        ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
        balancers = [entry["ip"] for entry in ingress if entry.get("ip", "").startswith("127.")]
        for rule in self._network.services.rules(key):
            if rule.protocol != "TCP" or not usable_backends(rule.backends):
                continue
            if rule.node_port:
                yield (self._address, rule.node_port), (self._node, rule.node_port)
            for address in balancers:
                yield (address, rule.port), (address, rule.port)

    def _bind(self, key: Key, service: Obj, place: _Place, target: _Place) -> None:
        try:
            sock = bind(*place)
        except OSError as error:
            if self._failed.get(place) != key:
                self._failed[place] = key
                self._events.event(service, "Warning", "NodePortUnavailable", _remedy(place, error))
            return
        self._failed.pop(place, None)

        async def connect() -> Connection:
            return await self._network.connect(None, *target)

        self._open[place] = (key, Forwarder(sock, connect))


def _remedy(place: _Place, error: OSError) -> str:
    address, port = place
    if error.errno == errno.EADDRINUSE:
        why = "another program on this machine listens there: stop it, or give the service another port"
    elif error.errno == errno.EACCES:
        why = "ports below 1024 need a privilege on this machine: use a node port, or kubectl port-forward"
    elif error.errno == errno.EADDRNOTAVAIL:
        why = "this machine has no such address: use the node port, or kubectl port-forward"
    else:
        why = f"{error.strerror}: use kubectl port-forward"
    return f"cannot listen on {address}:{port}: {why}"
