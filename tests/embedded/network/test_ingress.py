"""Ingress rules: which backend answers for a host and path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from grader.embedded.network.http import HttpListener, HttpResponse
from grader.embedded.network.ingress import IngressController
from grader.embedded.network.network import Network
from tests.embedded.network.conftest import NODE, StoreClient
from tests.embedded.node.manual_clock import ManualClock

RESOURCE = "ingresses.networking.k8s.io"


@pytest.fixture(autouse=True)
def controller(client: StoreClient, network: Network) -> Iterator[IngressController]:
    for number, name in enumerate(("v1", "v2", "exact")):
        address = network.assign_pod_ip("n1")

        def answer(request: Any, name: str = name) -> HttpResponse:
            return HttpResponse(200, {}, f"{name} {request.target}".encode())

        network.listen(address, 8080, HttpListener(answer))
        client.service(name, f"10.96.0.{60 + number}", ports=[{"name": "http", "port": 80, "protocol": "TCP"}])
        client.put(
            "endpointslices.discovery.k8s.io",
            f"{name}-x",
            labels={"kubernetes.io/service-name": name},
            endpoints=[{"addresses": [address], "conditions": {"ready": True}}],
            ports=[{"name": "http", "port": 8080, "protocol": "TCP"}],
        )
    controller = IngressController(client, network, [NODE])  # type: ignore[arg-type]
    yield controller
    controller.close()


def path(text: str, service: str, kind: str = "Prefix", port: Any = None) -> dict[str, Any]:
    return {
        "path": text,
        "pathType": kind,
        "backend": {"service": {"name": service, "port": port or {"number": 80}}},
    }


def ingress(client: StoreClient, *paths: dict[str, Any], host: str = "", name: str = "i", **rest: Any) -> None:
    rule: dict[str, Any] = {"http": {"paths": list(paths)}}
    if host:
        rule["host"] = host
    annotations = rest.pop("annotations", {})
    client.put(RESOURCE, name, annotations=annotations, spec={"rules": [rule], **rest}, status={})


async def ask(network: Network, path: str, host: str = "shop.example") -> tuple[int, str]:
    response = await network.http(None, "GET", f"http://{NODE}{path}", {"Host": host})
    return response.status, response.body.decode()


async def test_the_longest_prefix_answers_and_others_get_404(network: Network, client: StoreClient) -> None:
    ingress(client, path("/a", "v1"), path("/a/b", "v2"), host="shop.example")
    assert await ask(network, "/a/x") == (200, "v1 /a/x")
    assert await ask(network, "/a/b/c?q=1") == (200, "v2 /a/b/c?q=1")
    assert (await ask(network, "/ab"))[0] == 404
    assert (await ask(network, "/a", "other.example"))[0] == 404


async def test_an_exact_path_comes_before_a_prefix(network: Network, client: StoreClient) -> None:
    ingress(client, path("/", "v1"), path("/a", "exact", "Exact", {"name": "http"}))
    assert await ask(network, "/a") == (200, "exact /a")
    assert await ask(network, "/a/") == (200, "v1 /a/")


async def test_a_wildcard_host_stands_for_one_label(network: Network, client: StoreClient) -> None:
    ingress(client, path("/", "v1"), host="*.example")
    assert (await ask(network, "/"))[0] == 200
    assert (await ask(network, "/", "a.shop.example"))[0] == 404


async def test_a_path_is_rewritten_with_its_groups(network: Network, client: StoreClient) -> None:
    notes = {"nginx.ingress.kubernetes.io/rewrite-target": "/$2"}
    ingress(client, path("/v1(/|$)(.*)", "v1", "ImplementationSpecific"), annotations=notes)
    assert await ask(network, "/v1/hello?x=1") == (200, "v1 /hello?x=1")


async def test_a_backend_without_endpoints_is_503(network: Network, client: StoreClient) -> None:
    client.service("empty", "10.96.0.70")
    ingress(client, path("/", "empty"), path("/nosuch", "nosuch"))
    assert (await ask(network, "/"))[0] == 503
    assert (await ask(network, "/nosuch"))[0] == 503


async def test_another_class_is_left_alone(network: Network, client: StoreClient) -> None:
    ingress(client, path("/", "v1"), ingressClassName="traefik")
    assert (await ask(network, "/"))[0] == 404


async def test_the_address_appears_in_the_status(network: Network, client: StoreClient, clock: ManualClock) -> None:
    ingress(client, path("/", "v1"))
    await clock.advance(0.1)
    found = client.get(RESOURCE, "default", "i")
    assert found is not None
    assert found["status"] == {"loadBalancer": {"ingress": [{"ip": NODE}]}}
