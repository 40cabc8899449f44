"""The stateful set controller: revisions, one step, status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.clock import Clock
from grader.embedded.controllers.adoption import Orphans, claim, owners, selector_matcher
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.pod_control import is_namespace_going
from grader.embedded.controllers.pods import available_in, is_ready, phase_of
from grader.embedded.controllers.revision_history import RevisionHistory
from grader.embedded.controllers.selection import matcher
from grader.embedded.controllers.statefulset.identity import ordinal_of, revision_of
from grader.embedded.controllers.statefulset.order import Revisions, Step
from grader.embedded.controllers.statefulset.stateful_pods import StatefulPods
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, Obj, is_terminating, key_of
from grader.embedded.status import ApiError

_SETS = "statefulsets.apps"
_LOOK_AGAIN = 5.0


class StatefulSetController(Controller):
    """Keeps the numbered pods of stateful sets."""

    name = "statefulset-controller"

    def __init__(self, client: Client, clock: Clock, events: EventRecorder, pods: Orphans, revisions: Orphans) -> None:
        super().__init__(client, clock, events)
        self._orphans = pods
        self._history = RevisionHistory(client, revisions, "controller.kubernetes.io/hash")

    def watches(self) -> Mapping[str, Mapper]:
        return {_SETS: itself, "pods": owners(self.client, _SETS, "StatefulSet", selector_matcher)}

    def resync(self) -> Iterable[Key]:
        return [key_of(obj) for obj in self.client.each(_SETS)]

    def reconcile(self, key: Key) -> float | None:
        owner = self.client.get(_SETS, *key)
        if owner is None:
            return None
        pods = self._pods(owner)
        history = self._history.of(owner)
        collisions = owner.get("status", {}).get("collisionCount", 0)
        update, collisions = self._history.current(owner, history, collisions)
        named = {revision["metadata"]["name"]: revision for revision in history}
        update_name = update["metadata"]["name"]
        current_name = owner.get("status", {}).get("currentRevision", "")
        current = named.get(current_name, update)["metadata"]["name"]
        templates = {name: _template(revision) for name, revision in named.items()}
        revisions = Revisions(current, update_name, templates)
        writer = StatefulPods(self.client, self.events, owner)
        step = Step(owner, pods, revisions, writer, self.clock.now())
        failure = None
        if not is_terminating(owner):
            try:
                step.take()
            except ApiError as error:
                failure = error
            pods = self._pods(owner)
        status = _status(owner, pods, revisions, self.clock.now(), collisions)
        if status != owner.get("status"):
            self.client.update_status(_SETS, {**owner, "status": status})
        used = {current, update_name, *(revision_of(pod) for pod in pods)}
        limit = owner["spec"].get("revisionHistoryLimit", 10)
        self._history.forget(history, limit, lambda revision: revision["metadata"]["name"] in used)
        if failure is not None and not is_namespace_going(failure):
            raise failure
        return _LOOK_AGAIN if step.waits_for_claim else self._wait(owner, pods)

    def _pods(self, owner: Obj) -> list[Obj]:
        """The set's pods: those of its names that its selector matches."""
        name = owner["metadata"]["name"]
        matches = matcher(owner["spec"].get("selector"))
        found = claim(self.client, owner, matches, self._orphans, named=lambda one: ordinal_of(one, name) is not None)
        return [pod for pod in found if ordinal_of(pod["metadata"]["name"], name) is not None]

    def _wait(self, owner: Obj, pods: list[Obj]) -> float | None:
        """When the next ready pod counts as available."""
        patience = owner["spec"].get("minReadySeconds", 0)
        waits = (available_in(pod, patience, self.clock.now()) for pod in pods)
        return min((wait for wait in waits if wait), default=None)


def _template(revision: Obj) -> Obj:
    return {key: value for key, value in revision["data"]["spec"]["template"].items() if key != "$patch"}


def _status(owner: Obj, pods: list[Obj], revisions: Revisions, now: float, collisions: int) -> Obj:
    """The counts, and the revisions: when all pods are of the new one and ready, it becomes the current one."""
    wanted = owner["spec"].get("replicas", 1)
    patience = owner["spec"].get("minReadySeconds", 0)
    ready = [pod for pod in pods if phase_of(pod) == "Running" and is_ready(pod)]
    staying = [pod for pod in pods if not is_terminating(pod)]
    counts = {
        "replicas": len(pods),
        "readyReplicas": len(ready),
        "currentReplicas": sum(1 for pod in staying if revision_of(pod) == revisions.current),
        "updatedReplicas": sum(1 for pod in staying if revision_of(pod) == revisions.update),
    }
    current = revisions.current
    rolls = (owner["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate"
    if rolls and counts["updatedReplicas"] == counts["readyReplicas"] == counts["replicas"] == wanted:
        current = revisions.update
        counts["currentReplicas"] = counts["updatedReplicas"]
    status: Obj = {name: count for name, count in counts.items() if count or name == "replicas"}
    status["availableReplicas"] = sum(1 for pod in ready if available_in(pod, patience, now) == 0)
    return {
        "observedGeneration": owner["metadata"].get("generation", 0),
        **status,
        "currentRevision": current,
        "updateRevision": revisions.update,
        "collisionCount": collisions,
    }
