"""Cluster addresses and node ports of services: handed out, kept over updates, given back.

Ranges and messages as in Kubernetes (k8s.io/docs/concepts/services-networking/cluster-ip-allocation and
"Service v1 core" in the API reference): 10.96.0.0/16 for addresses, 30000-32767 for node ports.
"""

from __future__ import annotations

import ipaddress
import random
from typing import Any

from grader.embedded.objects import Key, Obj
from grader.embedded.schema.field_errors import FieldError
from grader.embedded.schema.field_errors import invalid as invalid_field
from grader.embedded.status import invalid
from grader.embedded.store import Event, Store

SERVICE_RANGE = ipaddress.ip_network("10.96.0.0/16")
NODE_PORTS = range(30000, 32768)
API_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"

_WITH_NODE_PORT = ("NodePort", "LoadBalancer")


class Allocator:
    """Who has which address and port, followed from the store's own events."""

    def __init__(self, store: Store, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._addresses = {API_ADDRESS: Key("default", "kubernetes"), DNS_ADDRESS: Key("kube-system", "kube-dns")}
        self._ports: dict[tuple[str, int], Key] = {}
        for service in store.each("services"):
            self._take(service, Key(service["metadata"]["namespace"], service["metadata"]["name"]))
        store.subscribe("services", self._follow)

    def allocate(self, service: Obj, *, dry_run: bool = False) -> None:
        """Fill in what a service needs and has not asked for. Raises ApiError 422 for what it may not have.

        A dry run does not look at the range of node ports, as the API server's does not.
        """
        meta, spec = service["metadata"], service["spec"]
        owner = Key(meta["namespace"], meta["name"])
        errors: list[FieldError] = []
        if spec.get("type") == "ExternalName":
            for key in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
                spec.pop(key, None)
        else:
            self._families(spec)
            self._address(spec, owner, errors)
        if not errors:
            self._node_ports(spec, owner, errors, dry_run)
        if errors:
            raise invalid("Service", "", meta["name"], errors)

    @staticmethod
    def carry_over(new: Obj, old: Obj) -> None:
        """What an update leaves out stays as allocated, and what its new type has no use for goes."""
        spec, was = new["spec"], old["spec"]
        kind, before = spec.get("type"), was.get("type")
        if "ExternalName" not in (kind, before):
            if not spec.get("clusterIP") and not spec.get("clusterIPs"):
                for key in ("clusterIP", "clusterIPs"):
                    if key in was:
                        spec[key] = was[key]
            for key in ("ipFamilies", "ipFamilyPolicy"):
                if key in was:
                    spec.setdefault(key, was[key])
        if kind in _WITH_NODE_PORT and before in _WITH_NODE_PORT:
            _carry_ports(spec, was)
        elif before in _WITH_NODE_PORT:
            _drop_ports(spec, was)
        if kind == "LoadBalancer" and was.get("healthCheckNodePort"):
            spec.setdefault("healthCheckNodePort", was["healthCheckNodePort"])
        if kind == "ExternalName" and spec.get("clusterIP") == was.get("clusterIP"):
            for key in ("clusterIP", "clusterIPs"):
                spec.pop(key, None)

    def _families(self, spec: Obj) -> None:
        """Headless services that select nothing may be of both families; this cluster's network has IPv4."""
        both = spec.get("clusterIP") == "None" and not spec.get("selector")
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"] if both else ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "RequireDualStack" if both else "SingleStack")

    def _address(self, spec: Obj, owner: Key, errors: list[FieldError]) -> None:
        wanted = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), "")
        if not wanted:
            wanted = self._free_address()
        elif wanted != "None" and self._addresses.get(wanted) != owner:
            why = self._refused(wanted)
            if why:
                text = f"failed to allocate IP {wanted}: {why}"
                errors.append(invalid_field("spec.clusterIPs", [wanted], text))
                return
        spec["clusterIP"] = wanted
        spec["clusterIPs"] = [wanted]

    def _refused(self, address: str) -> str:
        if address in self._addresses:
            return "provided IP is already allocated"
        if ipaddress.ip_address(address) not in SERVICE_RANGE:
            return f"the provided IP ({address}) is not in the valid range. The range of valid IPs is {SERVICE_RANGE}"
        return ""

    def _free_address(self) -> str:
        """Dynamic addresses come from the range's upper band, so that chosen low ones rarely collide."""
        while True:
            address = str(SERVICE_RANGE[self._random.randrange(256, SERVICE_RANGE.num_addresses - 1)])
            if address not in self._addresses:
                return address

    def _node_ports(self, spec: Obj, owner: Key, errors: list[FieldError], dry_run: bool) -> None:
        kind = spec.get("type")
        if kind not in _WITH_NODE_PORT:
            return
        wanted = kind == "NodePort" or spec.get("allocateLoadBalancerNodePorts", True)
        chosen: dict[tuple[str, int], int] = {}
        for index, port in enumerate(spec.get("ports") or ()):
            number = port.get("nodePort", 0)
            if not number:
                continue
            why = "" if dry_run and number not in NODE_PORTS else self._port_refused(port, number, owner)
            if why:
                errors.append(invalid_field(f"spec.ports[{index}].nodePort", number, why))
            chosen[port.get("protocol", "TCP"), number] = port["port"]
        for port in spec.get("ports") or ():
            if wanted and not errors and not port.get("nodePort"):
                port["nodePort"] = self._free_port(port, chosen)

    def _port_refused(self, port: Obj, number: int, owner: Key) -> str:
        if number not in NODE_PORTS:
            return (
                "provided port is not in the valid range. "
                f"The range of valid ports is {NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
            )
        holder = self._ports.get((port.get("protocol", "TCP"), number))
        return "provided port is already allocated" if holder not in (None, owner) else ""

    def _free_port(self, port: Obj, chosen: dict[tuple[str, int], int]) -> int:
        """A port of this service's other protocol with the same number is shared, as DNS over both needs."""
        protocol = port.get("protocol", "TCP")
        for (other, number), service_port in chosen.items():
            if other != protocol and service_port == port["port"] and (protocol, number) not in self._ports:
                chosen[protocol, number] = port["port"]
                return number
        while True:
            number = self._random.choice(NODE_PORTS)
            if (protocol, number) not in self._ports and (protocol, number) not in chosen:
                chosen[protocol, number] = port["port"]
                return number

    def _follow(self, event: Event) -> None:
        if event.old is not None:
            self._give_back(event.old, event.key)
        if event.type != "DELETED":
            self._take(event.object, event.key)

    def _take(self, service: Obj, owner: Key) -> None:
        for address in service["spec"].get("clusterIPs") or ():
            if address != "None":
                self._addresses[address] = owner
        for place in _ports_of(service):
            self._ports[place] = owner

    def _give_back(self, service: Obj, owner: Key) -> None:
        for address in service["spec"].get("clusterIPs") or ():
            if self._addresses.get(address) == owner:
                del self._addresses[address]
        for place in _ports_of(service):
            if self._ports.get(place) == owner:
                del self._ports[place]


def _ports_of(service: Obj) -> list[tuple[str, int]]:
    ports: list[dict[str, Any]] = service["spec"].get("ports") or []
    return [(p.get("protocol", "TCP"), p["nodePort"]) for p in ports if p.get("nodePort")]


def _port_id(port: Obj) -> tuple[str, int]:
    return port.get("protocol", "TCP"), port["port"]


def _carry_ports(spec: Obj, was: Obj) -> None:
    before = {_port_id(p): p["nodePort"] for p in was.get("ports") or () if p.get("nodePort")}
    taken = {p.get("nodePort") for p in spec.get("ports") or ()}
    for port in spec.get("ports") or ():
        number = before.get(_port_id(port))
        if not port.get("nodePort") and number and number not in taken:
            port["nodePort"] = number


def _drop_ports(spec: Obj, was: Obj) -> None:
    before = {p["nodePort"] for p in was.get("ports") or () if p.get("nodePort")}
    for port in spec.get("ports") or ():
        if port.get("nodePort") in before:
            del port["nodePort"]
