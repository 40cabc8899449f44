"""Names as CoreDNS answers them and as a pod's resolver asks."""

from __future__ import annotations

import pytest

from grader.embedded.network.dns import parse_resolver, pod_resolver
from grader.embedded.network.errors import NameNotFound
from grader.embedded.network.network import Network
from tests.embedded.network.conftest import StoreClient


def addresses(network: Network, name: str, namespace: str = "default") -> list[str]:
    return list(network.resolve(namespace, name).addresses)


def test_a_service_resolves_by_every_form_of_its_name(network: Network, client: StoreClient) -> None:
    client.service("web")
    for name in ("web", "web.default", "web.default.svc", "web.default.svc.cluster.local", "WEB"):
        assert addresses(network, name) == ["10.96.0.50"]
    assert addresses(network, "web.default", "team-a") == ["10.96.0.50"]
    with pytest.raises(NameNotFound):
        addresses(network, "web", "team-a")


def test_a_headless_service_resolves_to_its_ready_pods(network: Network, client: StoreClient) -> None:
    client.service("db", "None")
    client.slice(
        "db",
        [
            {"addresses": ["10.244.0.5"], "hostname": "db-0", "conditions": {"ready": True}},
            {"addresses": ["10.244.0.6"], "hostname": "db-1", "conditions": {"ready": False}},
        ],
    )
    assert addresses(network, "db") == ["10.244.0.5"]
    assert addresses(network, "db-0.db") == ["10.244.0.5"]
    with pytest.raises(NameNotFound):
        addresses(network, "db-1.db")


def test_an_external_name_is_an_alias(network: Network, client: StoreClient) -> None:
    client.put("services", "db", spec={"type": "ExternalName", "externalName": "my-db.company.com"})
    answer = network.lookup("db.default.svc.cluster.local")
    assert answer.aliases == (("db.default.svc.cluster.local", "my-db.company.com"),)
    assert answer.canonical == "my-db.company.com"
    assert answer.exists
    assert not answer.addresses


def test_an_external_name_within_the_cluster_is_followed(network: Network, client: StoreClient) -> None:
    client.service("real")
    client.put("services", "db", spec={"type": "ExternalName", "externalName": "real.default.svc.cluster.local"})
    assert addresses(network, "db") == ["10.96.0.50"]


def test_aliases_that_go_in_a_circle_end(network: Network, client: StoreClient) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        target = f"{other}.default.svc.cluster.local"
        client.put("services", name, spec={"type": "ExternalName", "externalName": target})
    assert not network.lookup("a.default.svc.cluster.local").addresses


def test_named_ports_have_srv_records(network: Network, client: StoreClient) -> None:
    client.service("web", ports=[{"name": "http", "port": 80, "protocol": "TCP"}])
    answer = network.lookup("_http._tcp.web.default.svc.cluster.local")
    assert [(s.port, s.target) for s in answer.services] == [(80, "web.default.svc.cluster.local")]
    assert not network.lookup("_https._tcp.web.default.svc.cluster.local").exists


def test_pods_have_names_made_of_their_addresses(network: Network) -> None:
    assert addresses(network, "10-244-0-9.default.pod") == ["10.244.0.9"]
    assert not network.lookup("10-244-0-9.nowhere.pod.cluster.local").exists


def test_a_cluster_address_has_a_name(network: Network, client: StoreClient) -> None:
    client.service("web")
    assert network.lookup("50.0.96.10.in-addr.arpa").pointer == "web.default.svc.cluster.local"


def test_the_search_path_comes_first_for_names_with_few_dots() -> None:
    resolver = pod_resolver("default")
    assert resolver.candidates("a.b")[0] == "a.b.default.svc.cluster.local"
    assert resolver.candidates("a.b")[-1] == "a.b"
    assert resolver.candidates("a.b.c.d.e.f")[0] == "a.b.c.d.e.f"
    assert resolver.candidates("a.") == ["a"]


def test_a_pods_own_files_decide_how_it_resolves(network: Network, client: StoreClient) -> None:
    resolver = parse_resolver(
        "# comment\nnameserver 1.2.3.4\nsearch one.example two.example\noptions ndots:2 timeout:1\nnonsense\n",
        "127.0.0.1 localhost\n10.1.1.1 db.local db # the database\n::1 ip6\n",
    )
    assert resolver.nameservers == ("1.2.3.4",)
    assert resolver.candidates("x.y") == ["x.y.one.example", "x.y.two.example", "x.y"]
    assert resolver.candidates("x.y.z")[0] == "x.y.z"
    assert network.resolve("default", "DB", resolver).addresses == ("10.1.1.1",)
