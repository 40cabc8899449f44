"""Real sockets: open while somebody serves, refused otherwise, told of when they cannot be had."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from grader.embedded.network.http import HttpListener, HttpResponse
from grader.embedded.network.network import Network
from grader.embedded.network.node_ports import NodePorts
from grader.embedded.objects import Obj
from tests.embedded.network.conftest import NODE, StoreClient


class Recorder:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def event(self, obj: Obj, kind: str, reason: str, message: str, *, field_path: str = "") -> None:
        self.seen.append((reason, message))


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def ports(client: StoreClient, network: Network, recorder: Recorder) -> Iterator[NodePorts]:
    ports = NodePorts(client, network, recorder, node=NODE)  # type: ignore[arg-type]
    yield ports
    ports.close()
    await asyncio.sleep(0)


async def get(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    data = await reader.read()
    writer.close()
    return data


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_node_port_is_a_real_port_while_an_endpoint_serves(
    ports: NodePorts, network: Network, client: StoreClient, port: int
) -> None:
    client.service("web", ports=[{"port": 80, "protocol": "TCP", "nodePort": port}])
    await settle()
    with pytest.raises(ConnectionRefusedError):
        await get(port)
    address = network.assign_pod_ip("n1")
    network.listen(address, 8080, HttpListener(lambda request: HttpResponse(200, {}, request.source.encode())))
    client.endpoints("web", address)
    await settle()
    assert ports.places == [("127.0.0.1", port)]
    assert (await get(port)).endswith(b"\r\n\r\n10.244.0.1")
    client.endpoints("web")
    await settle()
    with pytest.raises(ConnectionRefusedError):
        await get(port)


async def test_a_service_that_goes_takes_its_port_along(ports: NodePorts, client: StoreClient, port: int) -> None:
    client.service("web", ports=[{"port": 80, "protocol": "TCP", "nodePort": port}])
    client.endpoints("web", "10.244.0.9")
    await settle()
    assert ports.places
    client.drop("services", "web")
    await settle()
    assert not ports.places


async def test_a_port_in_use_is_told_once_with_what_to_do(
    ports: NodePorts, client: StoreClient, recorder: Recorder, port: int
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        client.service("web", ports=[{"port": 80, "protocol": "TCP", "nodePort": port}])
        client.endpoints("web", "10.244.0.9")
        await settle()
        client.endpoints("web", "10.244.0.9", "10.244.0.10")
        await settle()
    assert [reason for reason, _ in recorder.seen] == ["NodePortUnavailable"]
    assert "another program on this machine listens there" in recorder.seen[0][1]
