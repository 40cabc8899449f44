"""A pod's sandbox: what its containers share. Volumes, network, names, and the files the kubelet manages."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.node.kubelet.environment import PodFacts
from grader.embedded.node.kubelet.files import hostname_of, managed_files
from grader.embedded.node.kubelet.parts import Node, Parts
from grader.embedded.node.kubelet.volumes import PodVolumes
from grader.embedded.objects import Obj


class Sandbox:
    """Made once for a pod on a node, before its first container. `address` is empty until it is up."""

    __slots__ = ("_forwards", "_node", "_parts", "address", "facts", "files", "hostname", "volumes")

    def __init__(self, parts: Parts, node: Node) -> None:
        self._parts = parts
        self._node = node
        self._forwards: list[Callable[[], None]] = []
        self.volumes = PodVolumes()
        self.facts = PodFacts("", node.address, node.allocatable, self.volumes.read)
        self.address = ""
        self.hostname = ""
        self.files: dict[str, bytes] = {}

    def set_up(self, pod: Obj) -> None:
        """Volumes first, then the network. Raises MountError while volumes are missing."""
        parts, node = self._parts, self._node
        parts.volumes.mount(pod, self.volumes, self.facts)
        host = pod["spec"].get("hostNetwork")
        self.address = node.address if host else parts.network.assign_pod_ip(node.name)
        self.hostname = node.name if host else hostname_of(pod, parts.dns)[0]
        self.files = managed_files(pod, self.address, parts.dns, node.name)
        self.facts = PodFacts(self.address, node.address, node.allocatable, self.volumes.read)
        if not host:
            self._forward_ports(pod)

    def refresh(self, pod: Obj) -> None:
        """Bring projected volumes up to date."""
        self._parts.volumes.refresh(pod, self.volumes, self.facts)

    def tear_down(self, pod: Obj) -> None:
        """Give the address back; volumes go with the pod."""
        for end in self._forwards:
            end()
        self._forwards.clear()
        if self.address and not pod["spec"].get("hostNetwork"):
            self._parts.network.release(self.address)
        self.address = ""

    def _forward_ports(self, pod: Obj) -> None:
        """Lead the node's ports to the containers that ask for one."""
        forward = self._parts.network.forward_host_port
        for part in ("containers", "initContainers"):
            for container in pod["spec"].get(part) or ():
                for port in container.get("ports") or ():
                    if port.get("hostPort"):
                        target = port["containerPort"]
                        self._forwards.append(forward(self._node.address, port["hostPort"], self.address, target))
