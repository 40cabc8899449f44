"""Rules of Endpoints (core) and EndpointSlices (discovery.k8s.io)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, duplicate, invalid, not_supported, required, too_many
from grader.embedded.schema.validation import names, values
from grader.embedded.schema.validation.addresses import ip_address as any_address
from grader.embedded.schema.validation.addresses import is_ipv6, parse_address, reachable_address
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import check_labels, immutable, object_meta, object_meta_update
from grader.embedded.schema.validation.services import (
    PROTOCOLS,
    application_protocol,
    protocol_errors,
    service_port_errors,
)

_ADDRESS_TYPES = ["FQDN", "IPv4", "IPv6"]
_ENDPOINTS_LIMIT = 1000
_ADDRESSES_LIMIT = 100
_PORTS_LIMIT = 20000
_TOPOLOGY_LIMIT = 16
_HINTS_LIMIT = 8
_FQDN_WORDS = "should be a domain with at least two segments separated by dots"


def validate_endpoints(endpoints: Obj) -> list[FieldError]:
    errors = object_meta(endpoints)
    for index, subset in enumerate(endpoints.get("subsets") or ()):
        errors += _subset(subset, f"subsets[{index}]")
    return errors


def validate_endpoints_update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + validate_endpoints(new)


def _subset(subset: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if not subset.get("addresses") and not subset.get("notReadyAddresses"):
        errors.append(required(field, "must specify `addresses` or `notReadyAddresses`"))
    for part in ("addresses", "notReadyAddresses"):
        for index, address in enumerate(subset.get(part) or ()):
            errors += _address(address, f"{field}.{part}[{index}]")
    ports = subset.get("ports") or ()
    for index, port in enumerate(ports):
        place = f"{field}.ports[{index}]"
        errors += service_port_errors(port, place, named=len(ports) > 1)
        errors += values.port_number(port.get("port", 0), f"{place}.port")
        errors += protocol_errors(port.get("protocol", ""), f"{place}.protocol")
        errors += application_protocol(port, place)
    return errors


def _address(address: Obj, field: str) -> list[FieldError]:
    text = address.get("ip", "")
    errors = any_address(text, f"{field}.ip")
    if address.get("hostname"):
        errors += [invalid(f"{field}.hostname", address["hostname"], t) for t in names.dns_label(address["hostname"])]
    if errors:
        return errors
    errors += _node_name(address, field)
    return errors + reachable_address(text, f"{field}.ip")


def _node_name(endpoint: Obj, field: str) -> list[FieldError]:
    node = endpoint.get("nodeName")
    if node is None:
        return []
    return [invalid(f"{field}.nodeName", node, text) for text in names.dns_subdomain(node)]


def validate_slice(endpoint_slice: Obj) -> list[FieldError]:
    kind = endpoint_slice.get("addressType", "")
    errors = object_meta(endpoint_slice)
    if not kind:
        errors.append(required("addressType"))
    elif kind not in _ADDRESS_TYPES:
        errors.append(not_supported("addressType", kind, _ADDRESS_TYPES))
    endpoints = endpoint_slice.get("endpoints") or ()
    if len(endpoints) > _ENDPOINTS_LIMIT:
        errors.append(too_many("endpoints", len(endpoints), _ENDPOINTS_LIMIT))
    else:
        for index, endpoint in enumerate(endpoints):
            errors += _endpoint(endpoint, kind, f"endpoints[{index}]")
    return errors + _slice_ports(endpoint_slice)


def validate_slice_update(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old) + validate_slice(new)
    return errors + immutable("addressType", new.get("addressType"), old.get("addressType"))


def _endpoint(endpoint: Obj, kind: str, field: str) -> list[FieldError]:
    addresses = endpoint.get("addresses") or ()
    errors: list[FieldError] = []
    if not addresses:
        errors.append(required(f"{field}.addresses", "must contain at least 1 address"))
    elif len(addresses) > _ADDRESSES_LIMIT:
        errors.append(too_many(f"{field}.addresses", len(addresses), _ADDRESSES_LIMIT))
    for index, address in enumerate(addresses):
        errors += _slice_address(address, kind, f"{field}.addresses[{index}]")
    errors += _node_name(endpoint, field)
    topology = endpoint.get("deprecatedTopology") or {}
    if len(topology) > _TOPOLOGY_LIMIT:
        errors.append(too_many(f"{field}.deprecatedTopology", len(topology), _TOPOLOGY_LIMIT))
    errors += check_labels(topology, f"{field}.deprecatedTopology")
    host = endpoint.get("hostname")
    if host is not None:
        errors += [invalid(f"{field}.hostname", host, text) for text in names.dns_label(host)]
    return errors + _hints(endpoint.get("hints") or {}, f"{field}.hints.forZones")


def _slice_address(address: str, kind: str, field: str) -> list[FieldError]:
    if kind == "FQDN":
        return _full_domain(address, field)
    if kind not in ("IPv4", "IPv6"):
        return []
    errors = any_address(address, field)
    if parse_address(address) is not None and is_ipv6(address) != (kind == "IPv6"):
        return [invalid(field, address, f"must be an {kind} address")]
    return errors or reachable_address(address, field)


def _full_domain(address: str, field: str) -> list[FieldError]:
    if not address:
        return [required(field)]
    domain = address.removesuffix(".")
    errors = [invalid(field, domain, text) for text in names.dns_subdomain(domain)]
    if not errors and "." not in domain:
        errors.append(invalid(field, domain, _FQDN_WORDS))
    return errors


def _hints(hints: Obj, field: str) -> list[FieldError]:
    zones = hints.get("forZones") or ()
    if len(zones) > _HINTS_LIMIT:
        return [too_many(field, len(zones), _HINTS_LIMIT)]
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, zone in enumerate(zones):
        name = zone.get("name", "")
        place = f"{field}[{index}].name"
        if name in seen:
            errors.append(duplicate(place, name))
        seen.add(name)
        errors += [invalid(place, name, text) for text in names.qualified_name(name)]
    return errors


def _slice_ports(endpoint_slice: Obj) -> list[FieldError]:
    ports = endpoint_slice.get("ports") or ()
    if len(ports) > _PORTS_LIMIT:
        return [too_many("ports", len(ports), _PORTS_LIMIT)]
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, port in enumerate(ports):
        field, name, protocol = f"ports[{index}]", port.get("name") or "", port.get("protocol")
        if name:
            errors += [invalid(f"{field}.name", name, text) for text in names.dns_label(name)]
        if name in seen:
            errors.append(duplicate(f"{field}.name", name))
        seen.add(name)
        if protocol is None:
            errors.append(required(f"{field}.protocol"))
        elif protocol not in PROTOCOLS:
            errors.append(not_supported(f"{field}.protocol", protocol, PROTOCOLS))
        errors += application_protocol(port, field)
    return errors


VALIDATORS: dict[str, Validator] = {
    "endpoints": Validator(validate_endpoints, validate_endpoints_update),
    "endpointslices.discovery.k8s.io": Validator(validate_slice, validate_slice_update),
}
