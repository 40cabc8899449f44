"""Network policies: isolation, peers, ports, and what stays open."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.network.network import Network
from tests.embedded.network.conftest import StoreClient

WEB, FRONT, OTHER, FOREIGN = "10.244.0.10", "10.244.0.11", "10.244.0.12", "10.244.0.13"
RESOURCE = "networkpolicies.networking.k8s.io"


@pytest.fixture(autouse=True)
def pods(client: StoreClient, network: Network) -> None:
    client.pod("web", WEB, app="web")
    client.pod("front", FRONT, app="front")
    client.pod("other", OTHER, app="other")
    client.pod("foreign", FOREIGN, "team-a", app="front")
    client.put("namespaces", "team-a", labels={"team": "a"})


def policy(client: StoreClient, selector: dict[str, str] | None = None, **spec: Any) -> None:
    labels = {} if selector is None else {"matchLabels": selector}
    client.put(RESOURCE, "p", spec={"podSelector": labels, **spec})


def test_without_policies_everything_is_allowed(network: Network) -> None:
    assert network.policies.allows(OTHER, WEB, 80)


def test_a_selected_pod_accepts_only_its_peers(network: Network, client: StoreClient) -> None:
    peers = [{"podSelector": {"matchLabels": {"app": "front"}}}]
    policy(client, {"app": "web"}, policyTypes=["Ingress"], ingress=[{"from": peers}])
    assert network.policies.allows(FRONT, WEB, 80)
    assert not network.policies.allows(OTHER, WEB, 80)
    assert not network.policies.allows(FOREIGN, WEB, 80)
    assert network.policies.allows(OTHER, FRONT, 80)


def test_nodes_always_reach_their_pods(network: Network, client: StoreClient) -> None:
    policy(client, policyTypes=["Ingress"])
    assert network.policies.allows(None, WEB, 80)
    assert not network.policies.allows(OTHER, WEB, 80)
    assert network.policies.allows(WEB, WEB, 80)


def test_namespaces_are_selected_by_their_labels(network: Network, client: StoreClient) -> None:
    peers = [{"namespaceSelector": {"matchLabels": {"team": "a"}}}]
    policy(client, policyTypes=["Ingress"], ingress=[{"from": peers}])
    assert network.policies.allows(FOREIGN, WEB, 80)
    assert not network.policies.allows(FRONT, WEB, 80)


def test_both_selectors_of_one_peer_must_hold(network: Network, client: StoreClient) -> None:
    both = {"namespaceSelector": {"matchLabels": {"team": "a"}}, "podSelector": {"matchLabels": {"app": "other"}}}
    policy(client, policyTypes=["Ingress"], ingress=[{"from": [both]}])
    assert not network.policies.allows(FOREIGN, WEB, 80)


def test_ports_and_ranges_bound_what_a_rule_opens(network: Network, client: StoreClient) -> None:
    ports = [{"port": 80}, {"port": 8000, "endPort": 8010, "protocol": "TCP"}]
    policy(client, {"app": "web"}, policyTypes=["Ingress"], ingress=[{"ports": ports}])
    allowed = [port for port in (79, 80, 8000, 8005, 8010, 8011) if network.policies.allows(OTHER, WEB, port)]
    assert allowed == [80, 8000, 8005, 8010]


def test_a_named_port_is_the_receiving_pods(network: Network, client: StoreClient) -> None:
    containers = [{"name": "c", "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]}]
    client.put("pods", "web", labels={"app": "web"}, spec={"containers": containers}, status={"podIP": WEB})
    policy(client, {"app": "web"}, policyTypes=["Ingress"], ingress=[{"ports": [{"port": "http"}]}])
    assert network.policies.allows(OTHER, WEB, 8080)
    assert not network.policies.allows(OTHER, WEB, 80)


def test_an_address_block_has_holes(network: Network, client: StoreClient) -> None:
    block = {"ipBlock": {"cidr": "10.244.0.0/24", "except": [f"{OTHER}/32"]}}
    policy(client, {"app": "web"}, policyTypes=["Ingress"], ingress=[{"from": [block]}])
    assert network.policies.allows(FRONT, WEB, 80)
    assert not network.policies.allows(OTHER, WEB, 80)


def test_egress_without_dns_stops_names_from_resolving(network: Network, client: StoreClient) -> None:
    peers = [{"podSelector": {"matchLabels": {"app": "web"}}}]
    policy(client, {"app": "front"}, policyTypes=["Egress"], egress=[{"to": peers}])
    assert network.policies.allows(FRONT, WEB, 80)
    assert not network.policies.allows(FRONT, OTHER, 80)
    assert not network.policies.allows_dns(FRONT)
    assert network.policies.allows_dns(OTHER)
    policy(client, {"app": "front"}, policyTypes=["Egress"], egress=[{"ports": [{"port": 53, "protocol": "UDP"}]}])
    assert network.policies.allows_dns(FRONT)


def test_what_a_policy_no_longer_forbids_is_open_again(network: Network, client: StoreClient) -> None:
    policy(client, policyTypes=["Ingress"])
    assert not network.policies.allows(OTHER, WEB, 80)
    client.drop(RESOURCE, "p")
    assert network.policies.allows(OTHER, WEB, 80)
