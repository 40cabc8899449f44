"""A cluster without sockets: the real verbs, the real controllers, and nodes that run every pod at once."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext

import pytest

from grader.embedded.admission import plugins
from grader.embedded.clock import Timer, timestamp
from grader.embedded.controllers.base import Manager
from grader.embedded.controllers.table import builtin
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.operations import Operations
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.node.runtime import Usage
from grader.embedded.objects import Key, Obj, clone
from grader.embedded.requests import WriteOptions
from grader.embedded.resources import Resources
from grader.embedded.schema.types import Schema
from grader.embedded.store import Event, EventType, Store

START = 1_780_000_000.0


class _Pending:
    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback: Callable[[], object] | None = callback

    def cancel(self) -> None:
        self.callback = None


class StillClock:
    """A clock that only moves when a test moves it."""

    def __init__(self) -> None:
        self._now = START
        self._heap: list[tuple[float, int, _Pending]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    def call_later(self, delay: float, callback: Callable[[], object]) -> Timer:
        pending = _Pending(callback)
        heapq.heappush(self._heap, (self._now + max(delay, 0), next(self._order), pending))
        return pending

    async def sleep(self, delay: float) -> None:
        raise NotImplementedError

    def busy(self) -> None: ...

    def hold(self) -> AbstractContextManager[None]:
        return nullcontext()

    def close(self) -> None: ...

    def due(self) -> bool:
        """Call the timers that are due now; whether there were any."""
        called = False
        while self._heap and self._heap[0][0] <= self._now:
            pending = heapq.heappop(self._heap)[2]
            if pending.callback is not None:
                pending.callback()
                called = True
        return called

    def next_before(self, end: float) -> bool:
        """Move to the next timer before `end`; whether there is one."""
        while self._heap and self._heap[0][2].callback is None:
            heapq.heappop(self._heap)
        if not self._heap or self._heap[0][0] > end:
            self._now = max(self._now, end)
            return False
        self._now = max(self._now, self._heap[0][0])
        return True


class World:
    """What tests act on. `behaviour(pod)` says what becomes of a scheduled pod: run, wait, succeed or fail."""

    def __init__(self) -> None:
        self.clock = StillClock()
        self.store = Store()
        resources = Resources.builtin()
        self.operations = Operations(self.store, resources, self.clock, plugins.builtin(self.store), Schema.load())
        options = WriteOptions(manager="test", trusted=True, tracked=False)
        self.client = Client(self.operations, options)
        self.behaviour: Callable[[Obj], str] = lambda pod: "run"
        self.ending_takes: float | None = 0.0
        self.usage: dict[str, dict[str, Usage]] = {}
        self.manager = Manager(
            builtin(
                self.client,
                self.clock,
                lambda component: EventRecorder(self.client, self.clock, component),
                authority="PEM",
                sign=lambda request, seconds, client=True: b"signed",
                usage=lambda namespace, pod: self.usage.get(pod),
            ),
            self.clock,
        )
        self._pods: dict[Key, None] = {}
        self._addresses = itertools.count(2)
        self.client.subscribe("pods", self._pod_changed)

    def start(self) -> None:
        for name in ("default", "kube-system"):
            self.client.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for number in (1, 2):
            self.add_node(f"node{number}")
        self.manager.start()

    def add_node(self, name: str, **labels: str) -> None:
        meta = {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}}
        self.client.create("nodes", {"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": {}})
        node = clone(self.get("nodes", name, ""))
        now = timestamp(self.clock.now())
        ready = {"type": "Ready", "status": "True", "lastHeartbeatTime": now, "lastTransitionTime": now}
        node["status"] = {"conditions": [ready]}
        self.client.update_status("nodes", node)

    # Nodes

    def _pod_changed(self, event: Event) -> None:
        if event.type is not EventType.DELETED:
            self._pods[event.key] = None

    def _run_pods(self) -> bool:
        keys, self._pods = list(self._pods), {}
        for key in keys:
            pod = self.store.get("pods", key)
            if pod is not None:
                self._run(key, pod)
        return bool(keys)

    def _run(self, key: Key, pod: Obj) -> None:
        if "deletionTimestamp" in pod["metadata"]:
            if self.ending_takes is not None and pod["metadata"].get("deletionGracePeriodSeconds"):
                self.clock.call_later(self.ending_takes, lambda: self._end(key))
            return
        if not pod["spec"].get("nodeName"):
            self.operations.bind(key, self._node_for(pod), WriteOptions())
            return
        phase = pod["status"]["phase"]
        become = self.behaviour(pod)
        if phase == "Pending" or (phase == "Running" and become in ("succeed", "fail")):
            self.become(key, become)

    def _node_for(self, pod: Obj) -> str:
        affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
        for term in (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms", ()):
            for field in term.get("matchFields") or ():
                return str(field["values"][0])
        return f"node{1 + next(self._addresses) % 2}"

    def _end(self, key: Key) -> None:
        self.client.delete("pods", key.namespace, key.name, grace=0)

    def become(self, key: Key | str, state: str, *, restarts: int = 0, code: int = 1) -> None:
        """Give a pod the status of one that runs, waits, has succeeded or failed."""
        key = Key("default", key) if isinstance(key, str) else key
        pod = clone(self.store.get("pods", key) or {})
        now = timestamp(self.clock.now())
        status = pod["status"]
        ready = state == "run"
        others = [c for c in status.get("conditions", []) if c["type"] != "Ready"]
        old = next((c for c in status.get("conditions", []) if c["type"] == "Ready"), None)
        value = "True" if ready else "False"
        since = old["lastTransitionTime"] if old and old["status"] == value else now
        status["conditions"] = [*others, {"type": "Ready", "status": value, "lastTransitionTime": since}]
        status["phase"] = {"run": "Running", "wait": "Running", "succeed": "Succeeded", "fail": "Failed"}[state]
        number = next(self._addresses)
        status.setdefault("podIP", f"10.244.{number // 250}.{number % 250}")
        status.setdefault("startTime", now)
        container: Obj = {"name": "main", "ready": ready, "restartCount": restarts, "state": {"running": {}}}
        if state in ("succeed", "fail"):
            exit_code = 0 if state == "succeed" else code
            container["state"] = {"terminated": {"exitCode": exit_code, "startedAt": now, "finishedAt": now}}
        status["containerStatuses"] = [container]
        self.client.update_status("pods", pod)

    # Time

    async def settle(self) -> None:
        """Until nothing is left to do now."""
        for _ in range(10_000):
            await asyncio.sleep(0)
            busy = bool(self.manager._queue) or self.manager._scheduled
            if not (self._run_pods() or self.clock.due() or busy):
                return
        raise AssertionError("the controllers do not come to rest")

    async def advance(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        end = self.clock.now() + seconds
        await self.settle()
        while self.clock.next_before(end):
            await self.settle()
        await self.settle()

    # Objects

    def create(self, resource: str, obj: Obj) -> Obj:
        """As a client would: with defaults and admission, in the default namespace."""
        if self.client.is_namespaced(resource):
            obj["metadata"].setdefault("namespace", "default")
        return self.operations.create(resource, obj, WriteOptions(manager="kubectl", tracked=False))

    def change(self, resource: str, name: str, change: Callable[[Obj], object], namespace: str = "default") -> Obj:
        obj = clone(self.get(resource, name, namespace))
        change(obj)
        return self.client.update(resource, obj)

    def get(self, resource: str, name: str, namespace: str = "default") -> Obj:
        found = self.client.get(resource, namespace, name)
        assert found is not None, f"{resource} {name} is absent"
        return found

    def find(self, resource: str, name: str, namespace: str = "default") -> Obj | None:
        return self.client.get(resource, namespace, name)

    def all(self, resource: str, namespace: str = "default") -> list[Obj]:
        return self.client.list(resource, namespace if self.client.is_namespaced(resource) else None)

    def delete(
        self, resource: str, name: str, propagation: str | None = "Background", namespace: str = "default"
    ) -> None:
        place = namespace if self.client.is_namespaced(resource) else ""
        self.client.delete(resource, place, name, propagation=propagation)

    def messages(self, reason: str = "", name: str = "") -> list[str]:
        """The texts of events in the default namespace, in the order they were first recorded."""
        found = [
            event
            for event in self.all("events")
            if (not reason or event["reason"] == reason) and (not name or event["involvedObject"]["name"] == name)
        ]
        return [event["message"] for event in sorted(found, key=lambda e: int(e["metadata"]["resourceVersion"]))]


@pytest.fixture
async def world(caplog: pytest.LogCaptureFixture) -> AsyncIterator[World]:
    found = World()
    found.start()
    await found.settle()
    yield found
    found.manager.stop()
    assert not [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
