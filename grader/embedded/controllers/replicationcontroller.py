"""Replication controllers, which replica sets superseded.

k8s.io/docs/concepts/workloads/controllers/replicationcontroller
"""

from __future__ import annotations

from grader.embedded.controllers.replicas import ReplicaController
from grader.embedded.controllers.selection import Matcher, label_matcher
from grader.embedded.objects import Obj


class ReplicationControllerController(ReplicaController):
    """Keeps the pods of replication controllers."""

    name = "replication-controller"
    resource = "replicationcontrollers"
    kind = "ReplicationController"
    counts_terminating = False

    def matcher(self, owner: Obj) -> Matcher:
        return label_matcher(owner["spec"].get("selector"))
