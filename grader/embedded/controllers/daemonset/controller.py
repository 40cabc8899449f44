"""The daemon set controller: one pod on each node where the daemon belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.clock import Clock
from grader.embedded.controllers.adoption import Orphans, claim, owners, selector_matcher
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.daemonset.backoff import Backoff
from grader.embedded.controllers.daemonset.work import HASH, Work
from grader.embedded.controllers.pod_control import PodControl, is_namespace_going
from grader.embedded.controllers.pods import available_in
from grader.embedded.controllers.revision_history import RevisionHistory
from grader.embedded.controllers.selection import is_empty
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, Obj, is_terminating, key_of, labels_of
from grader.embedded.store import Event, EventType

_SETS = "daemonsets.apps"


class DaemonSetController(Controller):
    """Keeps the pods of daemon sets."""

    name = "daemonset-controller"

    def __init__(self, client: Client, clock: Clock, events: EventRecorder, pods: Orphans, revisions: Orphans) -> None:
        super().__init__(client, clock, events)
        self._orphans = pods
        self._pods = PodControl(client, events)
        self._history = RevisionHistory(client, revisions, HASH)
        self._backoff = Backoff(clock)

    def watches(self) -> Mapping[str, Mapper]:
        return {
            _SETS: itself,
            "pods": owners(self.client, _SETS, "DaemonSet", selector_matcher),
            "nodes": self._node_changed,
        }

    def resync(self) -> Iterable[Key]:
        return [key_of(obj) for obj in self.client.each(_SETS)]

    def _node_changed(self, event: Event) -> Iterable[Key]:
        """Heartbeats do not matter; labels, taints and coming or going do."""
        old, new = event.old, event.object
        if (
            event.type is not EventType.MODIFIED
            or old is None
            or labels_of(old) != labels_of(new)
            or old.get("spec") != new.get("spec")
        ):
            return self.resync()
        return ()

    def reconcile(self, key: Key) -> float | None:
        owner = self.client.get(_SETS, *key)
        if owner is None:
            return None
        if is_empty(owner["spec"].get("selector")):
            text = "This daemon set is selecting all pods. A non-empty selector is required."
            self.events.event(owner, "Warning", "SelectingAll", text)
            return None
        if is_terminating(owner):
            return None
        history = self._history.of(owner)
        revision, collisions = self._history.current(owner, history, owner.get("status", {}).get("collisionCount", 0))
        nodes = self.client.list("nodes")
        work = Work(owner, self._history.hash_of(revision), nodes, self._pods, self.events, self._backoff)
        work.pods = self._owned(owner)
        failure = work.place()
        if failure is None and (owner["spec"].get("updateStrategy") or {}).get("type") != "OnDelete":
            work.pods = self._owned(owner)
            failure = work.replace()
        pods = work.pods = self._owned(owner)
        self._write_status(work, collisions)
        used = {labels_of(pod).get(HASH, "") for pod in pods} | {work.digest}
        limit = owner["spec"].get("revisionHistoryLimit", 10)
        self._history.forget(history, limit, lambda one: self._history.hash_of(one) in used)
        if failure is not None and not is_namespace_going(failure):
            raise failure
        waits = [wait for pod in pods if (wait := available_in(pod, work.patience, self.clock.now()))]
        return min([*waits, *work.pauses], default=None)

    def _owned(self, owner: Obj) -> list[Obj]:
        return claim(self.client, owner, selector_matcher(owner), self._orphans)

    def _write_status(self, work: Work, collisions: int) -> None:
        status = work.status()
        if collisions:
            status["collisionCount"] = collisions
        owner = work.owner
        told = owner.get("status", {}).get("conditions")
        if told:
            status["conditions"] = told
        if status != owner.get("status"):
            self.client.update_status(_SETS, {**owner, "status": status})
