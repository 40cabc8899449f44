"""What a kubelet refuses: pods that were bound to its node past the scheduler and do not fit.

k8s.io/docs/reference/node/node-status ("OutOfcpu" and the like) and package kubelet/lifecycle.
"""

from __future__ import annotations

from grader.embedded.machinery.client import Client
from grader.embedded.node.amounts import Amounts, add, amounts, pod_amounts
from grader.embedded.node.kubelet.status import Verdict
from grader.embedded.node.node_affinity import fits_node
from grader.embedded.objects import Obj, is_terminating

_AFFINITY = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"


class NodeLoad:
    """What the pods of one node ask for together."""

    def __init__(self, client: Client, node: str) -> None:
        self._client = client
        self._node = node
        self._asked: dict[str, Amounts] = {}
        self._used: Amounts = {}

    def admit(self, pod: Obj) -> Verdict | None:
        """Count a pod in, or say why the node refuses it."""
        if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed") or is_terminating(pod):
            return None
        node = self._client.get("nodes", "", self._node)
        wanted = pod_amounts(pod["spec"])
        wanted["pods"] = 1
        if node is not None and not (pod.get("status") or {}).get("startTime"):
            if not fits_node(pod["spec"], node):
                return Verdict("NodeAffinity", f"Pod was rejected: {_AFFINITY}")
            short = self._short(node, wanted)
            if short is not None:
                return short
        self._asked[pod["metadata"]["uid"]] = wanted
        add(self._used, wanted)
        return None

    def leave(self, uid: str) -> None:
        """A pod is gone."""
        for name, value in self._asked.pop(uid, {}).items():
            self._used[name] -= value

    def _short(self, node: Obj, wanted: Amounts) -> Verdict | None:
        capacity = amounts((node.get("status") or {}).get("allocatable"))
        for name, value in wanted.items():
            used = self._used.get(name, 0)
            if value and used + value > capacity.get(name, 0):
                return Verdict(
                    f"OutOf{name}",
                    f"Pod was rejected: Node didn't have enough resource: {name}, requested: {value}, "
                    f"used: {used}, capacity: {capacity.get(name, 0)}",
                )
        return None
