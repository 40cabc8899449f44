"""A runtime over a network with one node, and containers in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from grader.embedded.network.network import Network
from grader.embedded.node.containers.container import SimulatedContainer
from grader.embedded.node.containers.runtime import SimulatedRuntime
from grader.embedded.node.images.catalogue import ImageCatalogue
from grader.embedded.node.runtime import ContainerConfig
from tests.embedded.network.conftest import NODE, StoreClient
from tests.embedded.node.manual_clock import ManualClock

RESOLV_CONF = (
    b"nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"
)


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


async def chunks(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def run(
    container: SimulatedContainer, *argv: str, stdin: Iterable[bytes] | None = None, tty: bool = False
) -> Ran:
    """Exec a command to its end."""
    out: list[bytes] = []
    err: list[bytes] = []
    given = None if stdin is None else chunks(stdin)
    code = await container.exec(argv, stdin=given, stdout=out.append, stderr=err.append, tty=tty)
    return Ran(code, b"".join(out).decode(errors="replace"), b"".join(err).decode(errors="replace"))


async def until(condition: Callable[[], object], turns: int = 20000) -> None:
    """Let the event loop turn until a condition holds."""
    import asyncio

    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0.0002)
    raise AssertionError("the condition did not come true")


def logged(container: SimulatedContainer) -> list[str]:
    return [line.text.decode() for line in container.logs.lines()]


Maker = Callable[..., Awaitable[SimulatedContainer]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def client() -> StoreClient:
    client = StoreClient()
    client.put("namespaces", "default")
    return client


@pytest.fixture
def network(client: StoreClient, clock: ManualClock) -> Iterator[Network]:
    network = Network(client, clock, {"n1": NODE})  # type: ignore[arg-type]
    yield network
    network.close()


@pytest.fixture(scope="session")
def catalogue() -> ImageCatalogue:
    return ImageCatalogue.builtin()


@pytest.fixture
def runtime(catalogue: ImageCatalogue, network: Network, clock: ManualClock) -> SimulatedRuntime:
    return SimulatedRuntime(catalogue, network, clock, pull_scale=0)


@pytest.fixture
async def make(runtime: SimulatedRuntime, network: Network) -> AsyncIterator[Maker]:
    """Make and start a container: `await make("busybox", ["sleep", "1"], name="web", …)`."""
    made: list[SimulatedContainer] = []

    async def make(
        image: str, command: Iterable[str] | None = None, args: Iterable[str] | None = None, **rest: Any
    ) -> SimulatedContainer:
        runtime.load(image)
        address = rest.pop("pod_ip", None) or network.assign_pod_ip("n1")
        name = rest.pop("name", f"pod-{len(made)}")
        files = {
            "/etc/hosts": f"127.0.0.1\tlocalhost\n{address}\t{name}\n".encode(),
            "/etc/hostname": f"{name}\n".encode(),
            "/etc/resolv.conf": RESOLV_CONF,
        }
        config = ContainerConfig(
            pod_uid=f"uid-{name}",
            pod_name=name,
            namespace="default",
            name="main",
            hostname=name,
            pod_ip=address,
            image=image,
            command=None if command is None else tuple(command),
            args=None if args is None else tuple(args),
            files=files,
            **rest,
        )
        container = runtime.create(config)
        await container.start()
        made.append(container)
        return container

    yield make
    for container in made:
        container.kill()
