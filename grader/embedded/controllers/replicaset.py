"""Replica sets (k8s.io/docs/concepts/workloads/controllers/replicaset)."""

from __future__ import annotations

from collections.abc import Iterable

from grader.embedded.controllers.pods import is_active
from grader.embedded.controllers.replicas import ReplicaController
from grader.embedded.controllers.selection import Matcher, matcher
from grader.embedded.objects import Obj, controller_of


class ReplicaSetController(ReplicaController):
    """Keeps the pods of replica sets."""

    name = "replicaset-controller"
    resource = "replicasets.apps"
    kind = "ReplicaSet"
    counts_terminating = True

    def matcher(self, owner: Obj) -> Matcher:
        return matcher(owner["spec"].get("selector"))

    def related(self, owner: Obj, pods: list[Obj]) -> Iterable[Obj]:
        """The pods of all replica sets of the same deployment."""
        deployment = controller_of(owner)
        if deployment is None:
            return pods
        siblings = self.client.owned({"metadata": {"uid": deployment["uid"]}}, self.resource)
        return [pod for one in siblings for pod in self.client.owned(one, "pods") if is_active(pod)]
