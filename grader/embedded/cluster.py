"""One cluster: the parts, put together, started and stopped in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from grader.embedded import bootstrap
from grader.embedded.access.authentication import Authenticator
from grader.embedded.access.rbac import Authorizer
from grader.embedded.access.tokens import ServiceAccountTokens
from grader.embedded.admission import plugins
from grader.embedded.api.app import App
from grader.embedded.api.audit import AuditLog
from grader.embedded.api.context import Parts
from grader.embedded.api.discovery import Discovery
from grader.embedded.clock import Clock, FastClock, RealClock
from grader.embedded.controllers import table as controllers
from grader.embedded.controllers.base import Manager
from grader.embedded.journal import SqliteJournal
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.operations import Operations
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.network.network import Network
from grader.embedded.network.node_ports import NodePorts
from grader.embedded.node.containers.runtime import SimulatedRuntime
from grader.embedded.node.images.catalogue import ImageCatalogue
from grader.embedded.node.kubelet import Kubelets, NodeConfig
from grader.embedded.node.scheduler import Scheduler
from grader.embedded.objects import Key, Obj
from grader.embedded.pki import Pki
from grader.embedded.requests import User, WriteOptions
from grader.embedded.resources import Resources
from grader.embedded.schema.openapi import Documents
from grader.embedded.schema.types import Schema
from grader.embedded.store import Store


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """What makes one cluster different from another.

    `token` is the administrator's; `node_address` is where the machine has the nodes' ports.
    """

    folder: Path
    nodes: int
    kubelet: bool
    clock: Literal["real", "fast"]
    images: tuple[Path, ...]
    pki: Pki
    token: str
    signing_key: bytes
    port: int
    node_address: str = "127.0.0.1"


_TOKEN_SECONDS = 3607
_PODS_A_NODE = "10000"
"""More than the 110 of a real kubelet: simulated pods cost little, and labs about limits set their own."""


def node_names(count: int) -> list[str]:
    """The control plane's node, then workers, named as kind names them."""
    workers = [f"labyard-worker{number if number > 1 else ''}" for number in range(1, count)]
    return ["labyard-control-plane", *workers]


def _node_address(number: int) -> str:
    """A node's address inside the cluster."""
    return f"172.18.0.{2 + number}"


class Cluster:
    """A cluster in this process. `touched` is called with every request."""

    def __init__(self, options: ClusterOptions, touched: Callable[[], None]) -> None:
        self._options = options
        self.clock: Clock = FastClock() if options.clock == "fast" else RealClock()
        self._journal = SqliteJournal(options.folder / "objects.sqlite", asyncio.get_running_loop().call_soon)
        self.store = Store(self._journal)
        records, revision = self._journal.load()
        self.store.restore(records, revision)
        self.resources = Resources.builtin()
        self.operations = Operations(self.store, self.resources, self.clock, plugins.builtin(self.store), Schema.load())
        self._tokens = ServiceAccountTokens(options.signing_key, self.store, self.clock)
        self._network = Network(self.client("kube-proxy"), self.clock)
        self._node_ports: NodePorts | None = None
        self._kubelets = self._make_kubelets() if options.kubelet else None
        self._scheduler = Scheduler(self.client("kube-scheduler"), self.clock, self.recorder("default-scheduler"))
        self._manager = Manager(
            controllers.builtin(
                self.client("kube-controller-manager"),
                self.clock,
                self.recorder,
                authority=options.pki.authority.read_text(),
                sign=options.pki.sign,
                usage=self._kubelets.usage if self._kubelets else None,
            ),
            self.clock,
        )
        self._audit = AuditLog(options.folder / "audit.jsonl", self.clock)
        parts = Parts(
            store=self.store,
            resources=self.resources,
            operations=self.operations,
            clock=self.clock,
            authorizer=Authorizer(self.store),
            tokens=self._tokens,
            discovery=Discovery(self.resources),
            documents=Documents(self.resources, self.operations.definitions),
            kubelets=self._kubelets,
            network=self._network,
        )
        authenticator = Authenticator(options.token, self._tokens)
        self.app = App(parts, authenticator, self._audit, self._journal.commit, touched)

    async def start(self) -> None:
        """Bring everything up; objects of last time are taken over."""
        bootstrap.fill(self.client("kube-apiserver"))
        self._manager.start()
        self._scheduler.start()
        if self._kubelets is not None:
            self._kubelets.start()
            self._node_ports = NodePorts(
                self.client("kube-proxy"),
                self._network,
                self.recorder("kube-proxy"),
                node=_node_address(0),
                address=self._options.node_address,
            )

    async def stop(self) -> None:
        """End everything; what is stored stays."""
        self._manager.stop()
        self._scheduler.stop()
        if self._kubelets is not None:
            await self._kubelets.stop()
        if self._node_ports is not None:
            self._node_ports.close()
        self._network.close()
        self.clock.close()
        self._audit.close()
        self._journal.close()

    def client(self, component: str) -> Client:
        """The API as one of the cluster's own components uses it."""
        user = User(f"system:{component}", ("system:masters", "system:authenticated"))
        return Client(self.operations, WriteOptions(user=user, manager=component, trusted=True, tracked=False))

    def recorder(self, component: str, host: str = "") -> EventRecorder:
        """Writes events in a component's name."""
        return EventRecorder(self.client(component), self.clock, component, host)

    def _make_kubelets(self) -> Kubelets:
        images = ImageCatalogue.builtin(self._options.images)
        return Kubelets(
            self.client("kubelet"),
            self.clock,
            SimulatedRuntime(images, self._network, self.clock),
            self._network,
            nodes=[self._node(number, name) for number, name in enumerate(node_names(self._options.nodes))],
            events=lambda node: self.recorder("kubelet", node),
            token_for=self._token_for,
        )

    def _node(self, number: int, name: str) -> NodeConfig:
        address = _node_address(number)
        block = self._network.add_node(name, address)
        return NodeConfig(name, address, block, control_plane=number == 0, pods=_PODS_A_NODE)

    def _token_for(self, namespace: str, account: str, pod: Obj) -> str:
        """A pod's service account token, as the kubelet projects it."""
        found = self.store.get("serviceaccounts", Key(namespace, account))
        return self._tokens.issue(found, _TOKEN_SECONDS, None, pod) if found else ""
