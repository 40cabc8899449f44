"""Nodes and the pods on them, kept up to date pod by pod."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from grader.embedded.node.amounts import Amounts, add, amounts
from grader.embedded.node.scheduler.pods import HostPort, PodInfo
from grader.embedded.objects import Obj, labels_of


class NodeInfo:
    """One node: what it has, what is taken, and by whom."""

    __slots__ = ("allocatable", "labels", "load", "name", "obj", "owners", "pods", "ports", "taints", "used")

    def __init__(self, node: Obj) -> None:
        self.name: str = node["metadata"]["name"]
        self.pods: dict[str, PodInfo] = {}
        self.used: Amounts = {}
        self.load = [0, 0]
        self.owners: dict[str, int] = {}
        self.ports: list[HostPort] = []
        self.update(node)

    def update(self, node: Obj) -> None:
        """Another version of the object."""
        self.obj = node
        self.labels = labels_of(node)
        self.allocatable = amounts((node.get("status") or {}).get("allocatable"))
        self.taints: list[Obj] = node["spec"].get("taints") or []

    @property
    def unschedulable(self) -> bool:
        """Cordoned."""
        return bool(self.obj["spec"].get("unschedulable"))

    def add(self, pod: PodInfo) -> None:
        """A pod is put here."""
        self.pods[pod.uid] = pod
        add(self.used, pod.requests)
        self._count(pod, 1)
        if pod.host_ports:
            self.ports.extend(pod.host_ports)

    def remove(self, pod: PodInfo) -> None:
        """A pod is gone, or done."""
        del self.pods[pod.uid]
        for name, value in pod.requests.items():
            self.used[name] -= value
        self._count(pod, -1)
        for port in pod.host_ports:
            self.ports.remove(port)

    def _count(self, pod: PodInfo, sign: int) -> None:
        cpu, memory = pod.load
        self.load[0] += sign * cpu
        self.load[1] += sign * memory
        if pod.owner:
            self.owners[pod.owner] = self.owners.get(pod.owner, 0) + sign


class Cluster:
    """All nodes, and the pods that others must keep away from."""

    def __init__(self, namespace_labels: Callable[[str], Mapping[str, str]]) -> None:
        self.nodes: dict[str, NodeInfo] = {}
        self.namespace_labels = namespace_labels
        self.placed: dict[str, str] = {}
        """uid of a pod to its node."""
        self.repelling: dict[str, PodInfo] = {}
        """Placed pods with required anti-affinity, by uid."""
        self.attracting: dict[str, PodInfo] = {}
        """Placed pods with any pod affinity, by uid."""
        self.reserved: dict[str, tuple[str, PodInfo]] = {}
        """Pods that will go to a node once it has room, by uid: (node, pod)."""
        self._strays: dict[str, dict[str, PodInfo]] = {}

    def put_node(self, node: Obj) -> None:
        """A node came or changed."""
        name = node["metadata"]["name"]
        found = self.nodes.get(name)
        if found is not None:
            found.update(node)
            return
        found = self.nodes[name] = NodeInfo(node)
        for pod in self._strays.pop(name, {}).values():
            found.add(pod)

    def drop_node(self, name: str) -> None:
        """A node is gone; its pods may still be there."""
        node = self.nodes.pop(name, None)
        if node is not None:
            self._strays[name] = node.pods

    def place(self, pod: PodInfo, node: str) -> None:
        """A pod is on a node."""
        self.placed[pod.uid] = node
        self.reserved.pop(pod.uid, None)
        if node in self.nodes:
            self.nodes[node].add(pod)
        else:
            self._strays.setdefault(node, {})[pod.uid] = pod
        if pod.has_pod_affinity:
            self.attracting[pod.uid] = pod
            if pod.anti_affinity:
                self.repelling[pod.uid] = pod

    def remove(self, uid: str) -> bool:
        """A pod is gone or done; whether it had been placed."""
        self.reserved.pop(uid, None)
        name = self.placed.pop(uid, None)
        if name is None:
            return False
        self.repelling.pop(uid, None)
        self.attracting.pop(uid, None)
        node = self.nodes.get(name)
        if node is None:
            self._strays.get(name, {}).pop(uid, None)
        else:
            node.remove(node.pods[uid])
        return True

    def pods(self) -> Iterable[tuple[NodeInfo, PodInfo]]:
        """Every placed pod with its node."""
        for node in self.nodes.values():
            for pod in node.pods.values():
                yield node, pod
