"""All kubelets of the cluster: which pod is whose, and what the API room asks of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from grader.embedded.clock import Clock
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.node.kubelet import lookup
from grader.embedded.node.kubelet.admission import NodeLoad
from grader.embedded.node.kubelet.files import Dns
from grader.embedded.node.kubelet.nodes import NodeConfig, NodeObject
from grader.embedded.node.kubelet.parts import Network, Node, Parts, log
from grader.embedded.node.kubelet.projections import TokenFor
from grader.embedded.node.kubelet.sources import Sources
from grader.embedded.node.kubelet.volumes import VolumeManager
from grader.embedded.node.kubelet.worker import PodWorker
from grader.embedded.node.runtime import Container, PullError, Runtime, Usage
from grader.embedded.objects import Key, Obj
from grader.embedded.status import bad_request, not_found
from grader.embedded.store import Event, EventType

_BATCH = 200
_HEARTBEAT_SECONDS = 10.0


class Kubelets:
    """The kubelets of all nodes. `events` makes a node's recorder; `token_for` signs service account tokens."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        runtime: Runtime,
        network: Network,
        *,
        nodes: Sequence[NodeConfig],
        events: Callable[[str], EventRecorder],
        token_for: TokenFor,
        dns: Dns | None = None,
    ) -> None:
        volumes = VolumeManager(client, runtime, token_for)
        self.parts = Parts(client, clock, runtime, network, volumes, dns or Dns())
        self._client = client
        self._clock = clock
        self._nodes = {n.name: Node(n.name, n.address, events(n.name), n.capacity()) for n in nodes}
        self._objects = {n.name: NodeObject(client, n) for n in nodes}
        self._loads = {n.name: NodeLoad(client, n.name) for n in nodes}
        self._workers: dict[Key, PodWorker] = {}
        self._sources = Sources(self.parts, self._workers)
        self._dirty: dict[Key, None] = {}
        self._scheduled = False
        self._stopped = False
        self._ends: list[Callable[[], None]] = []
        self._heartbeat: asyncio.TimerHandle | None = None

    # Life

    def start(self) -> None:
        """Register the nodes, take up the pods that are bound to them, and follow what comes."""
        now = self._clock.now()
        for name, node in self._objects.items():
            self._keep_images(name)
            node.register(now, self.parts.runtime.images(name))
            self._nodes[name].pulled = False
        self._ends.append(self.parts.watch_services())
        self._ends.append(self._client.subscribe("pods", self._notice))
        self._ends.extend(self._sources.follow())
        for pod in self._client.each("pods"):
            if pod["spec"].get("nodeName") in self._nodes:
                self._mark(Key(pod["metadata"]["namespace"], pod["metadata"]["name"]))
        self._beat_later()

    def _keep_images(self, name: str) -> None:
        """A node that was there before has the images it had."""
        node = self._client.get("nodes", "", name) or {}
        for entry in (node.get("status") or {}).get("images") or ():
            for image in entry.get("names") or ():
                with suppress(PullError):
                    self.parts.runtime.load(image, name)

    async def stop(self) -> None:
        """End everything that runs; the objects stay as they are."""
        self._stopped = True
        for end in self._ends:
            end()
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        self._sources.close()
        for worker in self._workers.values():
            worker.close()
        await self.parts.cancel()
        for worker in self._workers.values():
            for record in worker.records:
                if record.container is not None and record.running:
                    record.container.kill()

    def _beat_later(self) -> None:
        """Heartbeats follow the machine's time, not the cluster's: a fast clock is not to run ahead for them."""
        self._heartbeat = asyncio.get_running_loop().call_later(_HEARTBEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        now = self._clock.now()
        for name, node in self._objects.items():
            if self._nodes[name].pulled:
                self._nodes[name].pulled = False
                node.refresh(now, self.parts.runtime.images(name))
            node.renew(now)
        self._beat_later()

    # Pods

    def _notice(self, event: Event) -> None:
        worker = self._workers.get(event.key)
        if worker is None:
            if event.type is EventType.DELETED or event.object["spec"].get("nodeName") not in self._nodes:
                return
        elif worker.writing:
            return
        self._mark(event.key)

    def _mark(self, key: Key) -> None:
        self._dirty[key] = None
        if not self._scheduled and not self._stopped:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._drain)

    def _drain(self) -> None:
        """Look at a batch of pods, then let the event loop breathe."""
        self._scheduled = False
        if self._stopped:
            return
        with self._clock.hold():
            for key in list(self._dirty)[:_BATCH]:
                del self._dirty[key]
                try:
                    self._look(key)
                except Exception:
                    log.exception("a kubelet failed on pod %s/%s", *key)
        if self._dirty:
            self._mark(next(iter(self._dirty)))

    def _look(self, key: Key) -> None:
        pod = self._client.get("pods", *key)
        worker = self._workers.get(key)
        if worker is not None and (pod is None or pod["metadata"]["uid"] != worker.uid):
            self._drop(worker)
            worker = None
        if pod is None:
            return
        if worker is not None:
            worker.update(pod)
        elif pod["spec"].get("nodeName") in self._nodes:
            self._take(key, pod)

    def _take(self, key: Key, pod: Obj) -> None:
        node = self._nodes[pod["spec"]["nodeName"]]
        verdict = self._loads[node.name].admit(pod)
        worker = self._workers[key] = PodWorker(self.parts, node, pod, verdict)
        self._sources.add(worker)
        worker.begin()

    def _drop(self, worker: PodWorker) -> None:
        del self._workers[worker.key]
        self._loads[worker.node.name].leave(worker.uid)
        self._sources.remove(worker)
        worker.vanish()

    # What the API room asks

    def container(self, namespace: str, pod: str, container: str | None = None, *, previous: bool = False) -> Container:
        """The run whose logs are asked for. Raises ApiError: 404 without the pod, 400 without the run."""
        found, name = self._pod(namespace, pod, container)
        worker = self._workers.get(Key(namespace, pod))
        if worker is None:
            raise bad_request(f'container "{name}" in pod "{pod}" is waiting to start: {_first_reason(found)}')
        return lookup.logged(worker, name, previous)

    def running(self, namespace: str, pod: str, container: str | None = None) -> Container:
        """A container to exec in or attach to. Raises ApiError: 404, 400, or 500 when it does not run."""
        found, name = self._pod(namespace, pod, container)
        worker = self._workers.get(Key(namespace, pod))
        if worker is None:
            raise bad_request(f"pod {found['metadata']['name']} does not have a host assigned")
        return lookup.running(worker, name)

    def address(self, namespace: str, pod: str) -> str:
        """Where port-forward connects. Raises ApiError: 404, or 400 while the pod has no network."""
        found = self._client.get("pods", namespace, pod)
        if found is None:
            raise not_found("pods", "", pod)
        worker = self._workers.get(Key(namespace, pod))
        if worker is None:
            raise bad_request(f"pod {pod} does not have a host assigned")
        if not worker.sandbox.address:
            phase = (found.get("status") or {}).get("phase", "Pending")
            raise bad_request(f"unable to forward port because pod is not running. Current status={phase}")
        return worker.sandbox.address

    def usage(self, namespace: str, pod: str) -> dict[str, Usage] | None:
        """What each running container of a pod uses; None for a pod that no kubelet runs."""
        worker = self._workers.get(Key(namespace, pod))
        if worker is None or worker.ended:
            return None
        return {r.name: r.container.usage() for r in worker.records if r.container is not None and r.running}

    def node_usage(self, node: str) -> Usage:
        """What a node's containers use together, over what the machine itself needs."""
        cpu, memory = 0.05, 400 * 2**20
        for worker in self._workers.values():
            if worker.node.name == node:
                for usage in (self.usage(*worker.key) or {}).values():
                    cpu += usage.cpu
                    memory += usage.memory
        return Usage(cpu, memory)

    def _pod(self, namespace: str, pod: str, container: str | None) -> tuple[Obj, str]:
        found = self._client.get("pods", namespace, pod)
        if found is None:
            raise not_found("pods", "", pod)
        return found, lookup.container_name(found, container)


def _first_reason(pod: Obj) -> str:
    return "PodInitializing" if pod["spec"].get("initContainers") else "ContainerCreating"
