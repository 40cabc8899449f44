"""Cells of what pods are reached by: services, endpoints, ingresses, network policies, addresses."""

from __future__ import annotations

from grader.embedded.api.tables.cells import (
    NONE,
    UNKNOWN,
    UNSET,
    Cells,
    CellsOf,
    age,
    labels_or_none,
    name_of,
    or_none,
    selector_or_none,
    some_of,
    spec_of,
    status_of,
)
from grader.embedded.objects import Obj


def _service(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    addresses = spec.get("clusterIPs")
    return [
        name_of(obj),
        spec.get("type", ""),
        addresses[0] if addresses else NONE,
        _external(obj),
        or_none(_port(port) for port in spec.get("ports") or ()),
        age(obj, now),
        labels_or_none(spec.get("selector")),
    ]


def _port(port: Obj) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', '')}"


def _external(obj: Obj) -> str:
    spec = spec_of(obj)
    kind, extra = spec.get("type"), spec.get("externalIPs") or []
    if kind in ("ClusterIP", "NodePort"):
        return or_none(extra)
    if kind == "LoadBalancer":
        return ",".join([*_balancers(obj), *extra]) or "<pending>"
    return spec.get("externalName", "") if kind == "ExternalName" else UNKNOWN


def _balancers(obj: Obj) -> list[str]:
    """Addresses that a load balancer gave, by IP or else by name."""
    points = (status_of(obj).get("loadBalancer") or {}).get("ingress") or ()
    return sorted({address for point in points if (address := point.get("ip") or point.get("hostname"))})


def _endpoints(obj: Obj, now: float) -> Cells:
    return [name_of(obj), _subsets(obj.get("subsets") or ()), age(obj, now)]


def _subsets(subsets: list[Obj] | tuple[()]) -> str:
    if not subsets:
        return NONE
    found: list[str] = []
    for subset in subsets:
        addresses = [address["ip"] for address in subset.get("addresses") or ()]
        ports = subset.get("ports")
        if not ports:
            found += addresses
        for port in ports or ():
            found += [f"[{ip}]:{port['port']}" if ":" in ip else f"{ip}:{port['port']}" for ip in addresses]
    return some_of(found, len(found))


def _endpoint_slice(obj: Obj, now: float) -> Cells:
    ports = [str(port.get("port", port.get("name", "*"))) for port in obj.get("ports") or ()]
    addresses = [address for endpoint in obj.get("endpoints") or () for address in endpoint.get("addresses") or ()]
    return [
        name_of(obj),
        obj.get("addressType", ""),
        some_of(ports, len(ports)) or UNSET,
        some_of(addresses, len(addresses)) or UNSET,
        age(obj, now),
    ]


def _ingress(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    class_name = spec.get("ingressClassName")
    return [
        name_of(obj),
        NONE if class_name is None else class_name,
        _hosts(spec.get("rules") or []),
        ",".join(_balancers(obj)),
        "80, 443" if spec.get("tls") else "80",
        age(obj, now),
    ]


def _hosts(rules: list[Obj]) -> str:
    """The first three hosts. Rules without a host are counted as left out when there are more, as the server does."""
    hosts: list[str] = []
    more = False
    for rule in rules:
        more = more or len(hosts) == 3
        if not more and rule.get("host"):
            hosts.append(rule["host"])
    shown = ",".join(hosts) or "*"
    return f"{shown} + {len(rules) - 3} more..." if more else shown


def _ingress_class(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    return [name_of(obj), spec.get("controller", ""), _parameters(spec.get("parameters")), age(obj, now)]


def _parameters(reference: Obj | None) -> str:
    if not reference:
        return NONE
    group = f".{reference['apiGroup']}" if "apiGroup" in reference else ""
    return f"{reference['kind']}{group}/{reference['name']}"


def _network_policy(obj: Obj, now: float) -> Cells:
    return [name_of(obj), selector_or_none(spec_of(obj).get("podSelector") or {}), age(obj, now)]


def _ip_address(obj: Obj, now: float) -> Cells:
    return [name_of(obj), _parent(spec_of(obj).get("parentRef")), age(obj, now)]


def _parent(reference: Obj | None) -> str:
    """What an address belongs to, as `services/default/web`."""
    if not reference:
        return NONE
    resource, group = reference.get("resource", ""), reference.get("group", "")
    kind = (f"{resource}.{group}" if group else resource).lower()
    namespace = reference.get("namespace")
    return "/".join([kind, *([namespace] if namespace else []), reference.get("name", "")])


def _service_cidr(obj: Obj, now: float) -> Cells:
    return [name_of(obj), ",".join(spec_of(obj).get("cidrs") or ()), age(obj, now)]


PRINTERS: dict[str, CellsOf] = {
    "services": _service,
    "endpoints": _endpoints,
    "endpointslices.discovery.k8s.io": _endpoint_slice,
    "ingresses.networking.k8s.io": _ingress,
    "ingressclasses.networking.k8s.io": _ingress_class,
    "networkpolicies.networking.k8s.io": _network_policy,
    "ipaddresses.networking.k8s.io": _ip_address,
    "servicecidrs.networking.k8s.io": _service_cidr,
}
