"""Names: what the cluster's name server answers, and how a pod's resolver asks.

Records as in the Kubernetes DNS specification and k8s.io/docs/concepts/services-networking/dns-pod-service:
services, headless services with their pods, ExternalName, SRV, and addresses of pods written with dashes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.embedded.machinery.client import Client
from grader.embedded.network.services import Endpoint, ServiceRules
from grader.embedded.objects import Key, Obj

DOMAIN = "cluster.local"
_NDOTS = 5
_MAX_ALIASES = 8


@dataclass(frozen=True, slots=True)
class SrvRecord:
    """A port of a service and the name it is at."""

    port: int
    target: str


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """What the name server says of one absolute name (without its last dot)."""

    name: str
    exists: bool = False
    """False is NXDOMAIN; True with no record is an answer without data."""
    aliases: tuple[tuple[str, str], ...] = ()
    """CNAME records: from, to."""
    addresses: tuple[str, ...] = ()
    services: tuple[SrvRecord, ...] = ()
    pointer: str = ""
    """PTR: the name of an address."""

    @property
    def canonical(self) -> str:
        """The name at the end of the aliases."""
        return self.aliases[-1][1] if self.aliases else self.name


@dataclass(frozen=True, slots=True)
class ResolverConfig:
    """A pod's /etc/resolv.conf."""

    nameservers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    ndots: int = 1
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Names of its /etc/hosts."""

    def candidates(self, name: str) -> list[str]:
        """The absolute names that a resolver tries, in its order."""
        if name.endswith("."):
            return [name[:-1]]
        relative = [f"{name}.{domain}" for domain in self.search]
        return [name, *relative] if name.count(".") >= self.ndots else [*relative, name]


def pod_resolver(namespace: str) -> ResolverConfig:
    """What dnsPolicy ClusterFirst gives a pod of a namespace."""
    return ResolverConfig(
        nameservers=("10.96.0.10",), search=(f"{namespace}.svc.{DOMAIN}", f"svc.{DOMAIN}", DOMAIN), ndots=_NDOTS
    )


def parse_resolver(resolv_conf: str, hosts: str) -> ResolverConfig:
    """Read both files as the C library does: the last search line counts, unknown lines do not."""
    servers: list[str] = []
    search: tuple[str, ...] = ()
    ndots = 1
    for line in resolv_conf.splitlines():
        words = line.split()
        if not words or words[0][0] in "#;":
            continue
        if words[0] == "nameserver" and len(words) > 1:
            servers.append(words[1])
        elif words[0] in ("search", "domain"):
            search = tuple(words[1:])
        elif words[0] == "options":
            for option in words[1:]:
                key, _, value = option.partition(":")
                if key == "ndots" and value.isdigit():
                    ndots = min(int(value), 15)
    return ResolverConfig(tuple(servers[:3]), search, ndots, _parse_hosts(hosts))


def _parse_hosts(text: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for line in text.splitlines():
        address, *words = line.partition("#")[0].split() or [""]
        if ":" not in address:
            for word in words:
                names.setdefault(word.lower(), address)
    return names


class Zone:
    """The name server's view of the cluster's objects. Names of the outside world do not exist here."""

    def __init__(self, client: Client, rules: ServiceRules) -> None:
        self._client = client
        self._rules = rules
        self.outside: dict[str, str] = {}
        """Names outside the cluster and their addresses: nodes, and what whoever starts the cluster adds."""

    def lookup(self, name: str) -> DnsAnswer:
        """All records of an absolute name, aliases followed."""
        asked = name.rstrip(".").lower()
        aliases: list[tuple[str, str]] = []
        current = asked
        for _ in range(_MAX_ALIASES):
            answer = self._records(current)
            if not answer.aliases:
                break
            aliases += answer.aliases
            current = answer.aliases[-1][1]
        exists = answer.exists or bool(aliases)
        return DnsAnswer(asked, exists, tuple(aliases), answer.addresses, answer.services, answer.pointer)

    def _records(self, name: str) -> DnsAnswer:
        if name.endswith(".in-addr.arpa"):
            return self._pointer(name)
        if name != DOMAIN and not name.endswith("." + DOMAIN):
            address = self.outside.get(name)
            return DnsAnswer(name, address is not None, addresses=(address,) if address else ())
        labels = name[: -len(DOMAIN) - 1].split(".") if name != DOMAIN else []
        if len(labels) >= 2 and labels[-1] == "svc":
            return self._service_name(name, labels[:-1])
        if len(labels) == 3 and labels[-1] == "pod":
            return self._pod_name(name, labels[0], labels[1])
        return DnsAnswer(name, exists=labels in ([], ["svc"], ["pod"]))

    def _service_name(self, name: str, labels: Sequence[str]) -> DnsAnswer:
        namespace = labels[-1]
        if len(labels) == 1:
            return DnsAnswer(name, exists=self._client.get("namespaces", "", namespace) is not None)
        key = Key(namespace, labels[-2])
        service = self._client.get("services", *key)
        if service is None:
            return DnsAnswer(name)
        rest = labels[:-2]
        if len(rest) == 2 and all(label.startswith("_") for label in rest):
            return self._srv(name, key, service, rest[0][1:], rest[1][1:])
        if len(rest) == 1:
            return self._endpoint_name(name, key, service, rest[0])
        return DnsAnswer(name) if rest else self._service(name, key, service)

    def _service(self, name: str, key: Key, service: Obj) -> DnsAnswer:
        spec = service["spec"]
        if spec.get("type") == "ExternalName":
            return DnsAnswer(name, True, aliases=((name, spec["externalName"].rstrip(".").lower()),))
        if spec.get("clusterIP") != "None":
            address = spec.get("clusterIP")
            return DnsAnswer(name, True, addresses=(address,) if address else (), services=self._all_srv(key, service))
        addresses = tuple(endpoint.address for endpoint in self._ready(key))
        return DnsAnswer(name, True, addresses=addresses, services=self._all_srv(key, service))

    def _ready(self, key: Key) -> list[Endpoint]:
        found = {endpoint.address: endpoint for endpoint, _ in self._rules.endpoints(key) if endpoint.ready}
        return list(found.values())

    def _endpoint_name(self, name: str, key: Key, service: Obj, label: str) -> DnsAnswer:
        if service["spec"].get("clusterIP") != "None":
            return DnsAnswer(name)
        found = tuple(endpoint.address for endpoint in self._ready(key) if _label(endpoint) == label)
        return DnsAnswer(name, bool(found), addresses=found)

    def _srv(self, name: str, key: Key, service: Obj, port: str, protocol: str) -> DnsAnswer:
        found = self._all_srv(key, service, port, protocol)
        return DnsAnswer(name, bool(found), services=found)

    def _all_srv(self, key: Key, service: Obj, port: str = "", protocol: str = "") -> tuple[SrvRecord, ...]:
        base = f"{key.name}.{key.namespace}.svc.{DOMAIN}"
        ports = [
            p
            for p in service["spec"].get("ports") or ()
            if (not port or p.get("name", "").lower() == port)
            and (not protocol or p.get("protocol", "TCP").lower() == protocol)
        ]
        if service["spec"].get("clusterIP") != "None":
            return tuple(SrvRecord(p["port"], base) for p in ports)
        return tuple(
            SrvRecord(target.get("port") or p["port"], f"{_label(endpoint)}.{base}")
            for endpoint, targets in self._rules.endpoints(key)
            if endpoint.ready
            for p in ports
            for target in targets
            if (target.get("name") or "") == p.get("name", "")
        )

    def _pod_name(self, name: str, dashed: str, namespace: str) -> DnsAnswer:
        """CoreDNS' `pods insecure`: any address with dashes in a namespace that exists."""
        address = dashed.replace("-", ".")
        try:
            ipaddress.IPv4Address(address)
        except ValueError:
            return DnsAnswer(name)
        if self._client.get("namespaces", "", namespace) is None:
            return DnsAnswer(name)
        return DnsAnswer(name, True, addresses=(address,))

    def _pointer(self, name: str) -> DnsAnswer:
        address = ".".join(reversed(name.removesuffix(".in-addr.arpa").split(".")))
        key = self._rules.service_at(address)
        if key is not None:
            return DnsAnswer(name, True, pointer=f"{key.name}.{key.namespace}.svc.{DOMAIN}")
        return DnsAnswer(name)


def _label(endpoint: Endpoint) -> str:
    """The first label of an endpoint's own name: its hostname, else its address with dashes."""
    return endpoint.hostname or endpoint.address.replace(".", "-")
