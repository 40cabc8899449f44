"""Who reaches whom, and how it fails."""

from __future__ import annotations

import asyncio

import pytest

from grader.embedded.network.errors import (
    AddressInUseError,
    ConnectionRefused,
    ConnectTimeout,
    HostUnreachable,
    NameNotFound,
    ReadTimeout,
)
from grader.embedded.network.http import HttpListener, HttpRequest, HttpResponse
from grader.embedded.network.network import Network
from tests.embedded.network.conftest import NODE, StoreClient
from tests.embedded.node.manual_clock import ManualClock


def naming(name: str) -> HttpListener:
    return HttpListener(lambda request: HttpResponse(200, {}, name.encode()))


def serve(network: Network, *names: str, port: int = 8080) -> list[str]:
    addresses = [network.assign_pod_ip("n1") for _ in names]
    for name, address in zip(names, addresses, strict=True):
        network.listen(address, port, naming(name))
    return addresses


async def body(network: Network, url: str, source: str | None = None) -> str:
    return (await network.http(source, "GET", url)).body.decode()


async def test_a_service_leads_to_each_of_its_ready_endpoints_in_turn(network: Network, client: StoreClient) -> None:
    client.service("web")
    client.endpoints("web", *serve(network, "a", "b", "c"))
    assert sorted([await body(network, "http://10.96.0.50") for _ in range(6)]) == ["a", "a", "b", "b", "c", "c"]


async def test_an_endpoint_that_is_not_ready_gets_nothing(network: Network, client: StoreClient) -> None:
    first, second = serve(network, "a", "b")
    client.service("web")
    client.slice(
        "web",
        [
            {"addresses": [first], "conditions": {"ready": False, "serving": False}},
            {"addresses": [second], "conditions": {"ready": True}},
        ],
    )
    assert {await body(network, "http://10.96.0.50") for _ in range(4)} == {"b"}


async def test_terminating_endpoints_serve_while_no_other_does(network: Network, client: StoreClient) -> None:
    (address,) = serve(network, "a")
    client.service("web")
    conditions = {"ready": False, "serving": True, "terminating": True}
    client.slice("web", [{"addresses": [address], "conditions": conditions}])
    assert await body(network, "http://10.96.0.50") == "a"


async def test_a_service_without_endpoints_refuses(network: Network, client: StoreClient) -> None:
    client.service("web")
    with pytest.raises(ConnectionRefused, match=r"dial tcp 10\.96\.0\.50:80: connect: connection refused"):
        await body(network, "http://10.96.0.50")


async def test_a_port_that_a_service_does_not_have_times_out(
    network: Network, client: StoreClient, clock: ManualClock
) -> None:
    client.service("web")
    asked = asyncio.ensure_future(network.http(None, "GET", "http://10.96.0.50:81", timeout=5))
    await clock.advance(4)
    assert not asked.done()
    await clock.advance(2)
    with pytest.raises(ConnectTimeout):
        await asked


async def test_session_affinity_keeps_a_client_until_its_timeout(
    network: Network, client: StoreClient, clock: ManualClock
) -> None:
    client.service("web", sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 60}})
    client.endpoints("web", *serve(network, "a", "b"))
    source = network.assign_pod_ip("n1")
    assert len({await body(network, "http://10.96.0.50", source) for _ in range(5)}) == 1
    before = await body(network, "http://10.96.0.50", source)
    await clock.advance(61)
    assert await body(network, "http://10.96.0.50", source) != before


async def test_a_pod_reaches_itself_through_its_service(network: Network, client: StoreClient) -> None:
    (address,) = serve(network, "a")
    client.service("web")
    client.endpoints("web", address)
    assert await body(network, "http://10.96.0.50", address) == "a"


async def test_a_node_port_answers_on_the_node_and_leads_to_an_endpoint(network: Network, client: StoreClient) -> None:
    client.service("web", ports=[{"port": 80, "protocol": "TCP", "nodePort": 30001}])
    client.endpoints("web", *serve(network, "a"))
    assert await body(network, f"http://{NODE}:30001") == "a"
    with pytest.raises(ConnectionRefused):
        await body(network, f"http://{NODE}:30002")


async def test_a_pod_without_a_listener_refuses_and_an_absent_one_is_unreachable(
    network: Network, clock: ManualClock
) -> None:
    address = network.assign_pod_ip("n1")
    with pytest.raises(ConnectionRefused):
        await body(network, f"http://{address}:81")
    network.release(address)
    asked = asyncio.ensure_future(body(network, f"http://{address}:81"))
    await clock.advance(4)
    with pytest.raises(HostUnreachable):
        await asked


async def test_localhost_is_the_pod_itself(network: Network) -> None:
    first, second = serve(network, "a", "b")
    assert await body(network, "http://127.0.0.1:8080", first) == "a"
    assert await body(network, "http://localhost:8080", second) == "b"
    close = network.listen(first, 9000, naming("inside"), loopback=True)
    assert await body(network, "http://localhost:9000", first) == "inside"
    with pytest.raises(ConnectionRefused):
        await body(network, f"http://{first}:9000", second)
    close()
    with pytest.raises(ConnectionRefused):
        await body(network, "http://localhost:9000", first)


async def test_two_servers_cannot_have_one_port(network: Network) -> None:
    (address,) = serve(network, "a")
    with pytest.raises(AddressInUseError):
        network.listen(address, 8080, naming("b"))


async def test_a_host_port_leads_to_its_pod_until_it_ends(network: Network) -> None:
    (address,) = serve(network, "a")
    end = network.forward_host_port(NODE, 8000, address, 8080)
    assert await body(network, f"http://{NODE}:8000") == "a"
    end()
    with pytest.raises(ConnectionRefused):
        await body(network, f"http://{NODE}:8000")


async def test_an_answer_that_takes_too_long_times_out(network: Network, clock: ManualClock) -> None:
    async def slowly(request: HttpRequest) -> HttpResponse:
        await clock.sleep(10)
        return HttpResponse(200)

    address = network.assign_pod_ip("n1")
    network.listen(address, 80, HttpListener(slowly))
    asked = asyncio.ensure_future(network.http(None, "GET", f"http://{address}/", timeout=1))
    await clock.advance(1.5)
    with pytest.raises(ReadTimeout, match="context deadline exceeded"):
        await asked


async def test_bytes_flow_through_a_stream_to_an_http_listener(network: Network, client: StoreClient) -> None:
    client.service("web")
    client.endpoints("web", *serve(network, "a"))
    connection = await network.connect(None, "10.96.0.50", 80)
    await connection.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    received = b""
    while data := await connection.read():
        received += data
    assert received == b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na"


async def test_a_name_that_is_not_there_is_not_connected_to(network: Network) -> None:
    with pytest.raises(NameNotFound):
        await network.connect(None, "nosuch.default.svc.cluster.local", 80)


async def test_addresses_are_given_again_only_after_all_others(network: Network) -> None:
    first = network.assign_pod_ip("n1")
    network.release(first)
    others = [network.assign_pod_ip("n1") for _ in range(300)]
    assert len(set(others)) == 300
    assert first in others
    assert others.index(first) > 200
