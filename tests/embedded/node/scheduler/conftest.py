"""A scheduler over the real verbs, and a clock that tests move by hand."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.admission.base import Chain
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.operations import Operations
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.node.scheduler import Scheduler
from grader.embedded.objects import Obj, clone
from grader.embedded.requests import WriteOptions
from grader.embedded.resources import Resources
from grader.embedded.schema.types import Schema
from grader.embedded.store import Store
from tests.embedded.node.manual_clock import ManualClock

CPU4 = {"cpu": "4", "memory": "8Gi", "pods": "110"}


class Harness:
    """A scheduler and what tests do around it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = Store()
        self.operations = Operations(self.store, Resources.builtin(), self.clock, Chain([]), Schema.load())
        self.client = Client(self.operations, WriteOptions(trusted=True, tracked=False))
        events = EventRecorder(self.client, self.clock, "default-scheduler")
        self.scheduler = Scheduler(self.client, self.clock, events)

    def node(self, name: str, *, allocatable: dict[str, str] | None = None, **spec: Any) -> Obj:
        labels = {"kubernetes.io/hostname": name, **spec.pop("labels", {})}
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": labels},
            "spec": spec,
        }
        created = clone(self.client.create("nodes", node))
        return self.client.update_status("nodes", {**created, "status": {"allocatable": allocatable or CPU4}})

    def change_node(self, name: str, **spec: Any) -> None:
        node = clone(self.client.get("nodes", "", name) or {})
        node["spec"].update(spec)
        self.client.update("nodes", node)

    def pod(self, name: str, *, cpu: str = "", labels: dict[str, str] | None = None, **spec: Any) -> Obj:
        resources = {"requests": {"cpu": cpu}} if cpu else {}
        container = {"name": "web", "image": "web", "resources": resources, **spec.pop("container", {})}
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", "labels": labels or {}, **spec.pop("meta", {})},
            "spec": {"containers": [container], **spec},
        }
        return self.client.create("pods", pod)

    def get(self, name: str) -> Obj:
        found = self.client.get("pods", "default", name)
        assert found is not None
        return found

    async def place(self, name: str, **more: Any) -> str | None:
        """Create a pod and say where it went."""
        self.pod(name, **more)
        return await self.where(name)

    async def where(self, name: str) -> str | None:
        await self.clock.settle()
        return self.get(name)["spec"].get("nodeName")

    async def why(self, name: str, **more: Any) -> str:
        """Create a pod that fits nowhere, and what it is told."""
        assert await self.place(name, **more) is None
        condition = self.get(name)["status"]["conditions"][0]
        assert condition["type"] == "PodScheduled"
        assert condition["reason"] == "Unschedulable"
        assert self.events(name) == [("Warning", "FailedScheduling", condition["message"])]
        return str(condition["message"])

    def events(self, name: str) -> list[tuple[str, str, str]]:
        found = [e for e in self.client.list("events") if e["involvedObject"]["name"] == name]
        return [(e["type"], e["reason"], e["message"]) for e in found]


@pytest.fixture
async def cluster() -> Any:
    """A started scheduler without nodes."""
    harness = Harness()
    harness.scheduler.start()
    yield harness
    harness.scheduler.stop()


@pytest.fixture
async def two_nodes(cluster: Harness) -> Harness:
    """A started scheduler of two equal nodes."""
    cluster.node("one")
    cluster.node("two")
    return cluster
