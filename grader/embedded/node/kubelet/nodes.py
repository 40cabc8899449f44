"""Node objects: what a kubelet registers of its machine, and its heartbeat.

k8s.io/docs/reference/node/node-status. The machine is simulated; its size is given.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.embedded.clock import micro_timestamp, timestamp
from grader.embedded.machinery.client import Client
from grader.embedded.objects import Obj
from grader.embedded.status import ApiError

VERSION = "v1.36.1"
_RUNTIME = "containerd://2.2.2"
_KUBELET_PORT = 10250
_MOST_IMAGES = 50
LEASES = "leases.coordination.k8s.io"
LEASE_NAMESPACE = "kube-node-lease"
_LEASE_SECONDS = 40
_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"

_CONDITIONS = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """A node to be: its name, its address, and how large it is."""

    name: str
    address: str
    pod_cidr: str = ""
    control_plane: bool = False
    cpu: str = "4"
    memory: str = "8Gi"
    storage: str = "100Gi"
    pods: str = "110"
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Obj] = ()

    def capacity(self) -> dict[str, str]:
        """All that the machine has; nothing is reserved for the system, so all of it is allocatable."""
        return {
            "cpu": self.cpu,
            "ephemeral-storage": self.storage,
            "hugepages-1Gi": "0",
            "hugepages-2Mi": "0",
            "memory": self.memory,
            "pods": self.pods,
        }


class NodeObject:
    """The Node and the Lease of one kubelet."""

    def __init__(self, client: Client, config: NodeConfig) -> None:
        self._client = client
        self._config = config

    def register(self, now: float, images: Sequence[tuple[Sequence[str], int]]) -> Obj:
        """Create the node, or take it up again after a restart: labels and taints that others set stay."""
        config = self._config
        found = self._client.get("nodes", "", config.name)
        if found is None:
            found = self._client.create("nodes", _new_node(config))
        node = self._write(found, now, images)
        self.renew(now)
        return node

    def refresh(self, now: float, images: Sequence[tuple[Sequence[str], int]]) -> None:
        """Write the status again (other images), unless somebody has deleted the node."""
        found = self._client.get("nodes", "", self._config.name)
        if found is not None:
            self._write(found, now, images)

    def renew(self, now: float) -> None:
        """The heartbeat. A cluster without the leases' namespace has none."""
        name = self._config.name
        node = self._client.get("nodes", "", name)
        lease = self._client.get(LEASES, LEASE_NAMESPACE, name)
        spec = {
            "holderIdentity": name,
            "leaseDurationSeconds": _LEASE_SECONDS,
            "renewTime": micro_timestamp(now),
        }
        try:
            if lease is not None:
                self._client.update(LEASES, {**lease, "spec": spec})
            elif node is not None:
                self._client.create(LEASES, _new_lease(node, spec))
        except ApiError:
            return

    def _write(self, node: Obj, now: float, images: Sequence[tuple[Sequence[str], int]]) -> Obj:
        config = self._config
        before = {c["type"]: c for c in (node.get("status") or {}).get("conditions") or ()}
        info = (node.get("status") or {}).get("nodeInfo") or _node_info()
        status = {
            "addresses": [
                {"type": "InternalIP", "address": config.address},
                {"type": "Hostname", "address": config.name},
            ],
            "allocatable": config.capacity(),
            "capacity": config.capacity(),
            "conditions": [_condition(*facts, before.get(facts[0]), now) for facts in _CONDITIONS],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": _KUBELET_PORT}},
            "features": {"supplementalGroupsPolicy": True},
            "nodeInfo": info,
            "runtimeHandlers": [
                {"name": name, "features": {"recursiveReadOnlyMounts": True, "userNamespaces": True}}
                for name in ("", "runc")
            ],
        }
        if images:
            status["images"] = [{"names": list(names), "sizeBytes": size} for names, size in images[:_MOST_IMAGES]]
        return self._client.update_status("nodes", {**node, "status": status})


def _new_node(config: NodeConfig) -> Obj:
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": config.name,
        "kubernetes.io/os": "linux",
    }
    if config.control_plane:
        labels |= {_CONTROL_PLANE: "", "node.kubernetes.io/exclude-from-external-load-balancers": ""}
    spec: Obj = {}
    if config.pod_cidr:
        spec |= {"podCIDR": config.pod_cidr, "podCIDRs": [config.pod_cidr]}
    if config.taints:
        spec["taints"] = [dict(taint) for taint in config.taints]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": config.name,
            "labels": labels | dict(config.labels),
            "annotations": {
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": spec,
    }


def _new_lease(node: Obj, spec: Obj) -> Obj:
    name = node["metadata"]["name"]
    owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": node["metadata"]["uid"]}
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": name, "namespace": LEASE_NAMESPACE, "ownerReferences": [owner]},
        "spec": spec,
    }


def _condition(kind: str, status: str, reason: str, message: str, before: Obj | None, now: float) -> Obj:
    since = timestamp(now)
    same = before is not None and before["status"] == status
    return {
        "type": kind,
        "status": status,
        "lastHeartbeatTime": since,
        "lastTransitionTime": before["lastTransitionTime"] if same and before else since,
        "reason": reason,
        "message": message,
    }


def _node_info() -> Obj:
    return {
        "architecture": "amd64",
        "bootID": str(uuid.uuid4()),
        "containerRuntimeVersion": _RUNTIME,
        "kernelVersion": "6.12.48",
        "kubeProxyVersion": "",
        "kubeletVersion": VERSION,
        "machineID": uuid.uuid4().hex,
        "operatingSystem": "linux",
        "osImage": "Debian GNU/Linux 13 (trixie)",
        "systemUUID": str(uuid.uuid4()),
    }
