"""Rules of NetworkPolicies (k8s.io/docs/concepts/services-networking/network-policies)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names, values
from grader.embedded.schema.validation.addresses import cidr, parse_network
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update

_PROTOCOLS = ["TCP", "UDP", "SCTP"]
_TYPES = ["Ingress", "Egress"]


def validate_network_policy(policy: Obj) -> list[FieldError]:
    return object_meta(policy) + _spec(policy.get("spec") or {})


def validate_network_policy_update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + _spec(new.get("spec") or {})


def _spec(spec: Obj) -> list[FieldError]:
    errors = values.label_selector(spec.get("podSelector"), "spec.podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            field = f"spec.{direction}[{index}]"
            for number, port in enumerate(rule.get("ports") or ()):
                errors += _port(port, f"{field}.ports[{number}]")
            for number, peer in enumerate(rule.get(peers) or ()):
                errors += _peer(peer, f"{field}.{peers}[{number}]")
    types = spec.get("policyTypes") or []
    if len(types) > len(_TYPES):
        return [*errors, invalid("spec.policyTypes", types, "may not specify more than two policyTypes")]
    return errors + [
        not_supported(f"spec.policyTypes[{index}]", kind, _TYPES)
        for index, kind in enumerate(types)
        if kind not in _TYPES
    ]


def _port(port: Obj, field: str) -> list[FieldError]:
    protocol, number, end = port.get("protocol"), port.get("port"), port.get("endPort")
    errors: list[FieldError] = []
    if protocol is not None and protocol not in _PROTOCOLS:
        errors.append(not_supported(f"{field}.protocol", protocol, _PROTOCOLS))
    if number is None:
        if end is not None:
            errors.append(invalid(f"{field}.endPort", end, "may not be specified when `port` is not specified"))
    elif isinstance(number, int):
        errors += values.port_number(number, f"{field}.port")
        if end is not None:
            if end < number:
                errors.append(invalid(f"{field}.endPort", number, "must be greater than or equal to `port`"))
            errors += values.port_number(end, f"{field}.endPort")
    else:
        if end is not None:
            errors.append(invalid(f"{field}.endPort", end, "may not be specified when `port` is non-numeric"))
        errors += [invalid(f"{field}.port", number, text) for text in names.port_name(number)]
    return errors


def _peer(peer: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for part in ("podSelector", "namespaceSelector"):
        errors += values.label_selector(peer.get(part), f"{field}.{part}")
    block = peer.get("ipBlock")
    if block is not None:
        errors += _block(block, f"{field}.ipBlock")
    count = sum(peer.get(part) is not None for part in ("podSelector", "namespaceSelector", "ipBlock"))
    if count == 0:
        errors.append(required(field, "must specify a peer"))
    elif count > 1 and block is not None:
        errors.append(forbidden(field, "may not specify both ipBlock and another peer"))
    return errors


def _block(block: Obj, field: str) -> list[FieldError]:
    text = block.get("cidr", "")
    if not text:
        return [required(f"{field}.cidr")]
    errors = cidr(text, f"{field}.cidr")
    network = parse_network(text)
    if network is None:
        return errors
    for index, hole in enumerate(block.get("except") or ()):
        place = f"{field}.except[{index}]"
        errors += cidr(hole, place)
        found = parse_network(hole)
        if found is None:
            continue
        if found.network_address not in network or network.prefixlen >= found.prefixlen:
            errors.append(invalid(place, hole, "must be a strict subset of `cidr`"))
    return errors


VALIDATORS: dict[str, Validator] = {
    "networkpolicies.networking.k8s.io": Validator(validate_network_policy, validate_network_policy_update)
}
