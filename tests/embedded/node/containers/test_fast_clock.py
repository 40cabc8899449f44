"""Shells under a clock that runs ahead: it waits while they work, and never for long."""

from __future__ import annotations

import asyncio

from grader.embedded.clock import FastClock
from grader.embedded.network.network import Network
from grader.embedded.node.containers.runtime import SimulatedRuntime
from grader.embedded.node.images.catalogue import ImageCatalogue
from grader.embedded.node.runtime import ContainerConfig
from tests.embedded.network.conftest import NODE, StoreClient
from tests.embedded.node.containers.conftest import logged


async def test_a_loop_runs_at_the_clusters_pace(catalogue: ImageCatalogue) -> None:
    clock = FastClock()
    network = Network(StoreClient(), clock, {"n1": NODE})  # type: ignore[arg-type]
    runtime = SimulatedRuntime(catalogue, network, clock, pull_scale=0)
    runtime.load("busybox")
    script = "while true; do echo tick; date +%s > /tmp/now; sleep 10; done"
    config = ContainerConfig("u", "p", "default", "c", "p", "10.244.0.2", "busybox", ("sh", "-c", script))
    container = runtime.create(config)
    await container.start()
    began = clock.now()
    await asyncio.wait_for(clock.sleep(300), 10)
    passed = clock.now() - began
    ticks = len(logged(container))
    assert passed / 10 - 2 <= ticks <= passed / 10 + 2
    container.kill()
    clock.close()


async def test_a_loop_that_only_computes_does_not_stop_time(catalogue: ImageCatalogue) -> None:
    clock = FastClock()
    network = Network(StoreClient(), clock, {"n1": NODE})  # type: ignore[arg-type]
    runtime = SimulatedRuntime(catalogue, network, clock, pull_scale=0)
    runtime.load("busybox")
    config = ContainerConfig(
        "u", "p", "default", "c", "p", "10.244.0.2", "busybox", ("sh", "-c", "while :; do :; done")
    )
    container = runtime.create(config)
    await container.start()
    await asyncio.wait_for(clock.sleep(60), 10)
    container.kill()
    clock.close()
