"""What every kubelet and every pod worker of the cluster shares."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from grader.embedded.clock import Clock
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.network.http import HttpResponse
from grader.embedded.network.streams import Connection
from grader.embedded.node.kubelet.files import Dns
from grader.embedded.node.kubelet.service_variables import service_variables, visible
from grader.embedded.node.kubelet.volumes import VolumeManager
from grader.embedded.node.runtime import Runtime
from grader.embedded.store import Event

log = logging.getLogger(__name__)


class Network(Protocol):
    """What kubelets need of the cluster's network."""

    def assign_pod_ip(self, node: str) -> str:
        """A free address for a pod on a node."""
        ...

    def release(self, address: str) -> None:
        """Give a pod's address back."""
        ...

    async def http(
        self,
        source: str | None,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float | None = None,
    ) -> HttpResponse:
        """Ask as `source` (a pod's address; None: the node itself). Raises NetworkError."""
        ...

    async def connect(self, source: str | None, host: str, port: int, *, timeout: float | None = None) -> Connection:
        """A stream. Raises NetworkError."""
        ...

    def forward_host_port(self, node_address: str, port: int, pod: str, target: int) -> Callable[[], None]:
        """Lead a port of a node to a pod; returns what ends it."""
        ...


@dataclass(slots=True)
class Node:
    """One node as its pods see it."""

    name: str
    address: str
    events: EventRecorder
    allocatable: Mapping[str, str]
    pulled: bool = True
    """Whether its images changed since its node object was written."""


@dataclass(slots=True)
class Parts:
    """The cluster as kubelets see it."""

    client: Client
    clock: Clock
    runtime: Runtime
    network: Network
    volumes: VolumeManager
    dns: Dns
    _services: dict[tuple[str, bool], dict[str, str]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def watch_services(self) -> Callable[[], None]:
        """Follow services, for their variables; returns what ends it."""
        return self.client.subscribe("services", self._forget_services)

    def _forget_services(self, event: Event) -> None:
        self._services.clear()

    def service_variables(self, namespace: str, links: bool) -> dict[str, str]:
        """The variables of the services a pod of a namespace is told of. Shared: not to be changed."""
        found = self._services.get((namespace, links))
        if found is None:
            own = self.client.list("services", namespace)
            defaults = own if namespace == "default" else self.client.list("services", "default")
            found = self._services[namespace, links] = service_variables(visible(own, defaults, links))
        return found

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside; time does not run ahead before it has begun."""
        hold = ExitStack()
        hold.enter_context(self.clock.hold())

        async def run() -> None:
            hold.close()
            await work

        def ended(task: asyncio.Task[None]) -> None:
            hold.close()
            work.close()
            self._tasks.discard(task)
            if not task.cancelled() and task.exception() is not None:
                log.error("a kubelet's task failed", exc_info=task.exception())

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(ended)
        return task

    async def cancel(self) -> None:
        """End all that was spawned."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
