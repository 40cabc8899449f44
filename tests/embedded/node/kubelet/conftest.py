"""A kubelet over an in-memory API, a scripted runtime and a clock that tests move by hand."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from grader.embedded.clock import timestamp
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.network.errors import ConnectionRefused
from grader.embedded.network.http import HttpResponse
from grader.embedded.node.kubelet import Kubelets, NodeConfig
from grader.embedded.node.runtime import (
    ContainerConfig,
    ExecError,
    Exit,
    ImageInfo,
    LogLine,
    PulledImage,
    PullError,
    StartError,
    Usage,
)
from grader.embedded.objects import Key, Obj, clone, key_of
from grader.embedded.store import Event, Store
from tests.embedded.node.manual_clock import ManualClock


class MemoryClient:
    """The API's verbs over a store, without defaults, validation and admission."""

    def __init__(self, clock: ManualClock) -> None:
        self.store = Store()
        self._clock = clock

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        return self.store.get(resource, Key(namespace, name))

    def list(self, resource: str, namespace: str | None = None) -> list[Obj]:
        return self.store.list(resource, namespace)

    def each(self, resource: str, namespace: str | None = None) -> Any:
        return self.store.each(resource, namespace)

    def create(self, resource: str, obj: Obj) -> Obj:
        obj["metadata"].setdefault("uid", str(uuid.uuid4()))
        obj["metadata"].setdefault("creationTimestamp", timestamp(self._clock.now()))
        obj["metadata"].setdefault("generation", 1)
        return self.store.create(resource, obj)

    def update(self, resource: str, obj: Obj) -> Obj:
        old = self.store.get(resource, key_of(obj))
        assert old is not None
        new = {**obj, "metadata": dict(obj["metadata"])}
        if "status" in old:
            new["status"] = old["status"]
        return self.store.update(resource, new)

    def update_status(self, resource: str, obj: Obj) -> Obj:
        old = self.store.get(resource, key_of(obj))
        assert old is not None
        return self.store.update(resource, {**old, "metadata": dict(old["metadata"]), "status": obj["status"]})

    def delete(
        self, resource: str, namespace: str, name: str, *, uid: str | None = None, grace: int | None = None, **_: Any
    ) -> None:
        key = Key(namespace, name)
        old = self.store.get(resource, key)
        if old is None or (uid and old["metadata"]["uid"] != uid):
            return
        if resource == "pods" and grace != 0 and old["spec"].get("nodeName"):
            grace = old["spec"].get("terminationGracePeriodSeconds", 30) if grace is None else grace
            meta = {
                **old["metadata"],
                "deletionTimestamp": timestamp(self._clock.now() + grace),
                "deletionGracePeriodSeconds": grace,
            }
            self.store.update(resource, {**old, "metadata": meta})
            return
        self.store.delete(resource, key)

    def subscribe(self, resource: str, subscriber: Callable[[Event], None]) -> Callable[[], None]:
        return self.store.subscribe(resource, subscriber)


class FakeLogs:
    def __init__(self) -> None:
        self.text = ""

    def lines(self, **_: Any) -> list[LogLine]:
        return [LogLine(0.0, "stdout", line.encode()) for line in self.text.splitlines()]

    def follow(self, **_: Any) -> AsyncIterator[LogLine]:
        raise NotImplementedError

    def tail_text(self, max_lines: int = 80, max_bytes: int = 2048) -> str:
        return self.text


class FakeVolume:
    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files: Mapping[str, bytes] = files or {}
        self.modes: Mapping[str, int] = {}

    def replace(self, files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> None:
        self.files, self.modes = files, modes or {}

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def write(self, path: str, content: bytes) -> None:
        self.files = {**self.files, path: content}

    def paths(self) -> list[str]:
        return sorted(self.files)

    @property
    def used(self) -> int:
        return sum(len(content) for content in self.files.values())


class FakeContainer:
    """A process that runs until it is told to end. The image's name says how it behaves."""

    def __init__(self, runtime: FakeRuntime, config: ContainerConfig, image: ImageInfo) -> None:
        self.runtime = runtime
        self.config = config
        self.image = image
        self.id = f"containerd://{uuid.uuid4().hex}{uuid.uuid4().hex}"
        self.logs = FakeLogs()
        self.started_at = 0.0
        self.exit: Exit | None = None
        self.execs: list[list[str]] = []
        self.graces: list[float] = []
        self._callbacks: list[Callable[[Exit], object]] = []

    @property
    def running(self) -> bool:
        return self.started_at > 0 and self.exit is None

    @property
    def user(self) -> tuple[int, int, list[int]]:
        return 0, 0, [0]

    async def start(self) -> None:
        if self.config.command and self.config.command[0] == "nosuch":
            raise StartError('exec: "nosuch": executable file not found in $PATH')
        self.started_at = self.runtime.clock.now()
        code = self.runtime.exits.get(self.config.image)
        if code is not None:
            self.runtime.clock.call_later(1.0, lambda: self.end(code))

    def end(self, code: int, message: str = "", signal: int | None = None) -> None:
        if self.exit is None:
            reason = "Completed" if code == 0 else "Error"
            self.exit = Exit(code, signal, reason, message, self.started_at, self.runtime.clock.now())
            for callback in self._callbacks:
                callback(self.exit)

    def on_exit(self, callback: Callable[[Exit], object]) -> None:
        self._callbacks.append(callback)
        if self.exit is not None:
            callback(self.exit)

    async def wait(self) -> Exit:
        raise NotImplementedError

    async def stop(self, grace: float) -> None:
        self.graces.append(grace)
        if self.config.image == "stubborn":
            await self.runtime.clock.sleep(grace)
            self.end(137)
        else:
            self.end(0)

    def kill(self, *, oom: bool = False) -> None:
        self.end(137)

    async def exec(self, argv: Sequence[str], *, stdout: Callable[[bytes], object], **_: Any) -> int:
        self.execs.append(list(argv))
        answer = self.runtime.commands.get(argv[0])
        if answer is None:
            raise ExecError(f'OCI runtime exec failed: exec: "{argv[0]}": executable file not found in $PATH', 127)
        result = answer(self)
        code, text = await result if isinstance(result, Awaitable) else result
        stdout(text.encode())
        return code

    async def attach(self, **_: Any) -> int:
        raise NotImplementedError

    def read(self, path: str) -> bytes | None:
        return None

    def usage(self) -> Usage:
        return Usage(0.001, 1 << 20)


class FakeRuntime:
    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.images_here: set[str] = {"web", "stubborn", "crash", "done", "other"}
        self.exits: dict[str, int] = {"crash": 1, "done": 0}
        self.commands: dict[str, Callable[[FakeContainer], Any]] = {}
        self.containers: list[FakeContainer] = []
        self.loaded: list[tuple[str, str]] = []
        self.registry: dict[str, float] = {"remote": 2.5}

    def info(self, image: str) -> ImageInfo:
        return ImageInfo(f"docker.io/library/{image}:latest", f"docker.io/library/{image}@sha256:{'0' * 64}", 1234, 0)

    async def pull(self, image: str, policy_present: bool, node: str = "") -> PulledImage:
        if image in self.registry:
            await self.clock.sleep(self.registry[image])
            self.images_here.add(image)
        if image not in self.images_here:
            raise PullError(f'failed to pull and unpack image "{image}": docker.io/library/{image}: not found')
        seconds = self.registry.get(image, 0.1)
        return PulledImage(self.info(image), True, seconds, seconds)

    def load(self, image: str, node: str = "") -> ImageInfo:
        self.loaded.append((image, node))
        return self.info(image)

    def present(self, image: str, node: str = "") -> ImageInfo | None:
        return self.info(image) if image in self.images_here else None

    def images(self, node: str = "") -> list[tuple[list[str], int]]:
        return [([f"docker.io/library/{name}:latest"], 1234) for name in sorted(self.images_here)]

    def volume(self, files: Mapping[str, bytes] | None = None, *, in_memory: bool = False) -> FakeVolume:
        return FakeVolume(files)

    def create(self, config: ContainerConfig) -> FakeContainer:
        container = FakeContainer(self, config, self.info(config.image))
        self.containers.append(container)
        return container


class FakeNetwork:
    def __init__(self) -> None:
        self._next = itertools.count(5)
        self.answers: dict[str, Callable[[], HttpResponse]] = {}
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.taken: set[str] = set()
        self.open: set[int] = set()
        self.host_ports: dict[int, tuple[str, int]] = {}

    def assign_pod_ip(self, node: str) -> str:
        number = next(self._next)
        address = f"10.244.{number // 250}.{number % 250}"
        self.taken.add(address)
        return address

    def release(self, address: str) -> None:
        self.taken.remove(address)

    def forward_host_port(self, node_address: str, port: int, pod: str, target: int) -> Callable[[], None]:
        self.host_ports[port] = (pod, target)
        return lambda: self.host_ports.pop(port) and None

    async def http(
        self,
        source: str | None,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout: float | None = None,
    ) -> HttpResponse:
        self.asked.append((url, headers or {}))
        path = "/" + url.split("://", 1)[1].partition("/")[2]
        if path not in self.answers:
            raise ConnectionRefused(url.split("/")[2].split(":")[0], 80)
        return self.answers[path]()

    async def connect(self, source: str | None, host: str, port: int, *, timeout: float | None = None) -> Any:
        if port not in self.open:
            raise ConnectionRefused(host, port)

        class Connection:
            def close(self) -> None: ...

        return Connection()


class Harness:
    """A cluster of two nodes as far as kubelets see one."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.client = MemoryClient(self.clock)
        self.runtime = FakeRuntime(self.clock)
        self.network = FakeNetwork()
        self.tokens = 0
        self.kubelets = self._kubelets()

    def _kubelets(self) -> Kubelets:
        return Kubelets(
            self.client,  # type: ignore[arg-type]
            self.clock,
            self.runtime,  # type: ignore[arg-type]
            self.network,  # type: ignore[arg-type]
            nodes=[NodeConfig("one", "172.18.0.2", control_plane=True), NodeConfig("two", "172.18.0.3")],
            events=lambda node: EventRecorder(self.client, self.clock, "kubelet", node),  # type: ignore[arg-type]
            token_for=self._token,
        )

    def _token(self, namespace: str, account: str, pod: Obj) -> str:
        self.tokens += 1
        return f"{namespace}/{account}/{pod['metadata']['name']}"

    async def restart(self) -> None:
        """The cluster's process ends and comes back."""
        await self.kubelets.stop()
        self.kubelets = self._kubelets()
        self.kubelets.start()
        await self.clock.settle()

    async def run(self, spec: Obj, name: str = "web", **meta: Any) -> Obj:
        """Create a pod on a node, and let it do what it does without time passing."""
        defaults = {"nodeName": "one", "restartPolicy": "Always", "terminationGracePeriodSeconds": 30}
        for container in spec.get("containers", ()):
            container.setdefault("resources", {})
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", **meta},
            "spec": {**defaults, **spec},
            "status": {"phase": "Pending", "qosClass": "BestEffort"},
        }
        self.client.create("pods", pod)
        await self.clock.settle()
        return self.pod(name)

    def pod(self, name: str = "web") -> Obj:
        pod = self.client.get("pods", "default", name)
        assert pod is not None
        return pod

    def gone(self, name: str = "web") -> bool:
        return self.client.get("pods", "default", name) is None

    def container(self, name: str = "web", index: int = 0, part: str = "containerStatuses") -> Obj:
        found: Obj = self.pod(name)["status"][part][index]
        return found

    def conditions(self, name: str = "web") -> dict[str, Obj]:
        return {c["type"]: c for c in self.pod(name)["status"]["conditions"]}

    def ready(self, name: str = "web") -> bool:
        return bool(self.conditions(name)["Ready"]["status"] == "True")

    def events(self, name: str = "web") -> list[tuple[str, str, str]]:
        """(type, reason, message) of a pod's events in the order they were first written."""
        found = [e for e in self.client.list("events") if e["involvedObject"]["name"] == name]
        found.sort(key=lambda e: int(e["metadata"]["resourceVersion"]) if e["count"] == 1 else 0)
        return [(e["type"], e["reason"], e["message"]) for e in found]

    def messages(self, reason: str, name: str = "web") -> list[str]:
        return [message for _, why, message in self.events(name) if why == reason]

    def change(self, resource: str, name: str, **fields: Any) -> None:
        obj = clone(self.client.get(resource, "default", name) or {})
        obj.update(fields)
        self.client.update(resource, obj)

    def config_map(self, name: str, data: dict[str, str]) -> None:
        meta = {"name": name, "namespace": "default"}
        obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
        self.client.create("configmaps", obj)


@pytest.fixture
async def cluster() -> AsyncIterator[Harness]:
    """Started kubelets of two nodes."""
    harness = Harness()
    harness.kubelets.start()
    await harness.clock.settle()
    yield harness
    await harness.kubelets.stop()
