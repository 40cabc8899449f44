"""Rules of services, endpoints, ingresses and network policies."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.objects import clone
from grader.embedded.schema.defaults import apply_defaults
from grader.embedded.schema.validation import validate, validate_update

_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_INGRESS = "ingresses.networking.k8s.io"
_POLICY = "networkpolicies.networking.k8s.io"
_SLICE = "endpointslices.discovery.k8s.io"
_BALANCER = "may only be used when `type` is 'LoadBalancer'"
_BACKEND = {"service": {"name": "s", "port": {"number": 80}}}


def _errors(kind: str, body: dict[str, Any]) -> list[str]:
    obj = {"metadata": {"name": "x", "namespace": "default"}, **clone(body)}
    apply_defaults(kind, obj)
    return [str(error) for error in validate(kind, obj)]


def _service(**spec: Any) -> dict[str, Any]:
    return {"spec": {"ports": [{"port": 80}], **spec}}


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (_service(), []),
        ({"spec": {"clusterIP": "None", "clusterIPs": ["None"]}}, []),
        ({"spec": {}}, ["spec.ports: Required value"]),
        (
            _service(ports=[{"port": 80, "nodePort": 30000}]),
            ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
        ),
        (
            _service(ports=[{"port": 80}, {"port": 81}]),
            ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
        ),
        (
            _service(ports=[{"port": 80, "targetPort": "-"}]),
            [
                'spec.ports[0].targetPort: Invalid value: "-": must contain at least one letter (a-z)',
                'spec.ports[0].targetPort: Invalid value: "-": must not begin or end with a hyphen',
            ],
        ),
        (
            _service(sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 0}}),
            [
                "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: "
                "must be greater than 0 and less than 86400"
            ],
        ),
        (
            _service(clusterIP="1.2.3", clusterIPs=["1.2.3"]),
            [f'spec.clusterIPs[0]: Invalid value: "1.2.3": {_IP}'],
        ),
        (
            _service(clusterIP="10.0.0.1", clusterIPs=["10.0.0.1", "10.0.0.2"]),
            [
                'spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: '
                "may specify no more than one IP for each IP family"
            ],
        ),
        (
            _service(ipFamilies=["IPv5"]),
            ['spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"'],
        ),
        (
            _service(externalIPs=["127.0.0.1"]),
            [
                'spec.externalIPs[0]: Invalid value: "127.0.0.1": '
                "may not be in the loopback range (127.0.0.0/8, ::1/128)"
            ],
        ),
        (_service(loadBalancerClass="a/b"), [f"spec.loadBalancerClass: Forbidden: {_BALANCER}"]),
        (
            _service(type="LoadBalancer", loadBalancerSourceRanges=["1.2.3.4"]),
            [f'spec.LoadBalancerSourceRanges[0]: Invalid value: "1.2.3.4": {_CIDR}'],
        ),
        (
            _service(externalTrafficPolicy="Local"),
            ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
        ),
        (
            {"spec": {"type": "ExternalName", "externalName": "a.example.com.", "clusterIPs": ["10.0.0.1"]}},
            ["spec.clusterIPs: Forbidden: may not be set for ExternalName services"],
        ),
    ],
)
def test_services(body: dict[str, Any], messages: list[str]) -> None:
    assert _errors("services", body) == messages


def test_a_service_keeps_its_first_address() -> None:
    old = {"metadata": {"name": "x", "namespace": "a", "resourceVersion": "1"}, "spec": {"ports": [{"port": 80}]}}
    apply_defaults("services", old)
    old["spec"].update(clusterIP="10.0.0.1", clusterIPs=["10.0.0.1"])
    new = clone(old)
    new["spec"].update(clusterIP="10.0.0.2", clusterIPs=["10.0.0.2"])
    assert [str(error) for error in validate_update("services", new, old)] == [
        'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'
    ]


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        ({"defaultBackend": _BACKEND}, []),
        ({}, ["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"]),
        (
            {"rules": [{"host": "10.0.0.1"}]},
            ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
        ),
        (
            {"rules": [{"http": {"paths": [{"path": "/a//b", "pathType": "Prefix", "backend": _BACKEND}]}}]},
            ["spec.rules[0].http.paths[0].path: Invalid value: \"/a//b\": must not contain '//'"],
        ),
        (
            {"defaultBackend": {**_BACKEND, "resource": {"kind": "A", "name": "b"}}},
            ['spec.defaultBackend: Invalid value: "": cannot set both resource and service backends'],
        ),
        (
            {"defaultBackend": {"resource": {"apiGroup": "a.b"}}},
            [
                "spec.defaultBackend.resource.kind: Required value: kind is required",
                "spec.defaultBackend.resource.name: Required value: name is required",
            ],
        ),
        (
            {"defaultBackend": {"service": {"name": "s", "port": {"name": "a", "number": 1}}}},
            ['spec.defaultBackend: Invalid value: "": cannot set both port name & port number'],
        ),
    ],
)
def test_ingresses(spec: dict[str, Any], messages: list[str]) -> None:
    assert _errors(_INGRESS, {"spec": spec}) == messages


@pytest.mark.parametrize(
    ("peer", "message"),
    [
        ({}, "Required value: must specify a peer"),
        (
            {"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}},
            "Forbidden: may not specify both ipBlock and another peer",
        ),
    ],
)
def test_network_policies_name_one_peer_at_a_time(peer: dict[str, Any], message: str) -> None:
    spec = {"podSelector": {}, "ingress": [{"from": [peer]}]}
    assert _errors(_POLICY, {"spec": spec}) == [f"spec.ingress[0].from[0]: {message}"]


@pytest.mark.parametrize("hole", ["10.0.0.0/8", "192.168.0.0/24", "fd00::/64"])
def test_an_exception_lies_inside_its_block(hole: str) -> None:
    spec = {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": [hole]}}]}]}
    assert _errors(_POLICY, {"spec": spec}) == [
        f'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "{hole}": must be a strict subset of `cidr`'
    ]


@pytest.mark.parametrize(
    ("kind", "address", "messages"),
    [
        ("IPv4", "10.0.0.1", []),
        ("IPv4", "fd00::1", ['endpoints[0].addresses[0]: Invalid value: "fd00::1": must be an IPv4 address']),
        ("IPv6", "fd00::1", []),
        ("IPv4", "10.0.0", [f'endpoints[0].addresses[0]: Invalid value: "10.0.0": {_IP}']),
        ("FQDN", "a.example.com", []),
        (
            "FQDN",
            "host",
            [
                'endpoints[0].addresses[0]: Invalid value: "host": '
                "should be a domain with at least two segments separated by dots"
            ],
        ),
    ],
)
def test_endpoint_addresses_are_of_their_slices_type(kind: str, address: str, messages: list[str]) -> None:
    body = {"addressType": kind, "endpoints": [{"addresses": [address]}]}
    assert _errors(_SLICE, body) == messages


def test_endpoints_need_an_address_and_named_ports() -> None:
    assert _errors("endpoints", {"subsets": [{"ports": [{"port": 0}, {"port": 1, "name": "a"}]}]}) == [
        "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`",
        "subsets[0].ports[0].name: Required value",
        "subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
    ]
