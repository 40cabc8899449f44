"""Keeping a number of like pods: what replica sets and replication controllers have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import ClassVar

from grader.embedded.clock import Clock, timestamp
from grader.embedded.controllers import conditions
from grader.embedded.controllers.adoption import Orphans, claim, owners
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.pod_control import PodControl, is_namespace_going
from grader.embedded.controllers.pods import PodMaker, available_in, has_ended, is_active, to_delete_first
from grader.embedded.controllers.selection import Matcher, label_matcher
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, Obj, is_terminating, key_of, labels_of
from grader.embedded.status import ApiError

_BURST = 500


class ReplicaController(Controller):
    """One kind of object that keeps `spec.replicas` pods of `spec.template` that its selector matches."""

    resource: ClassVar[str]
    kind: ClassVar[str]
    counts_terminating: ClassVar[bool]

    def __init__(self, client: Client, clock: Clock, events: EventRecorder, orphans: Orphans) -> None:
        super().__init__(client, clock, events)
        self._orphans = orphans
        self._pods = PodControl(client, events)

    @abstractmethod
    def matcher(self, owner: Obj) -> Matcher:
        """Which labels the owner's selector matches."""

    def related(self, owner: Obj, pods: list[Obj]) -> Iterable[Obj]:
        """The pods that count as the same application when one has to go: its own unless a kind knows more."""
        return pods

    def watches(self) -> Mapping[str, Mapper]:
        return {self.resource: itself, "pods": owners(self.client, self.resource, self.kind, self.matcher)}

    def resync(self) -> Iterable[Key]:
        return [key_of(obj) for obj in self.client.each(self.resource)]

    def reconcile(self, key: Key) -> float | None:
        owner = self.client.get(self.resource, *key)
        if owner is None:
            return None
        pods = claim(self.client, owner, self.matcher(owner), self._orphans)
        active = [pod for pod in pods if is_active(pod)]
        ending = sum(1 for pod in pods if is_terminating(pod) and not has_ended(pod))
        failure: ApiError | None = None
        surplus = len(active) - owner["spec"].get("replicas", 1)
        if surplus and not is_terminating(owner):
            active, gone, failure = self._scale(owner, active, surplus)
            ending += gone
        if failure is not None and is_namespace_going(failure):
            return None
        again = self._write_status(owner, active, ending, failure, surplus)
        if failure is not None:
            raise failure
        return again

    def _scale(self, owner: Obj, active: list[Obj], surplus: int) -> tuple[list[Obj], int, ApiError | None]:
        """The active pods after creating or deleting, how many are ending now, and what went wrong."""
        if surplus < 0:
            maker = PodMaker(owner, owner["spec"]["template"])
            wanted = min(-surplus, _BURST)
            made, failure = self._pods.create_many(owner, (maker.make() for _ in range(wanted)))
            return active + made, 0, failure
        neighbours = Counter(pod["spec"].get("nodeName", "") for pod in self.related(owner, active))
        doomed = to_delete_first(active, neighbours, self.clock.now())[: min(surplus, _BURST)]
        gone: set[str] = set()
        lingering = 0
        for pod in doomed:
            try:
                self._pods.delete(owner, pod)
            except ApiError as error:
                return [p for p in active if p["metadata"]["uid"] not in gone], lingering, error
            gone.add(pod["metadata"]["uid"])
            lingering += self.client.get("pods", *key_of(pod)) is not None
        return [p for p in active if p["metadata"]["uid"] not in gone], lingering, None

    def _write_status(
        self, owner: Obj, active: list[Obj], ending: int, failure: ApiError | None, surplus: int
    ) -> float | None:
        """Write the status if it changed; when to look again because of pods that are ready but not yet available."""
        now = self.clock.now()
        minimum = owner["spec"].get("minReadySeconds", 0)
        waits = [wait for pod in active if (wait := available_in(pod, minimum, now)) is not None]
        labelled = label_matcher(labels_of(owner["spec"]["template"]))
        status = {
            "replicas": len(active),
            "fullyLabeledReplicas": sum(1 for pod in active if labelled(labels_of(pod))),
            "readyReplicas": len(waits),
            "availableReplicas": sum(1 for wait in waits if not wait),
            "observedGeneration": owner["metadata"].get("generation", 0),
        }
        status = {name: count for name, count in status.items() if count or name == "replicas"}
        if self.counts_terminating:
            status["terminatingReplicas"] = ending
        told = self._conditions(owner, failure, surplus)
        if told:
            status["conditions"] = told
        if status != owner.get("status"):
            current = self.client.get(self.resource, *key_of(owner))
            if current is not None:
                self.client.update_status(self.resource, {**current, "status": status})
        return min((wait for wait in waits if wait), default=None)

    def _conditions(self, owner: Obj, failure: ApiError | None, surplus: int) -> list[Obj]:
        told = list(owner.get("status", {}).get("conditions") or ())
        if failure is None:
            conditions.drop(told, "ReplicaFailure")
        elif conditions.find(told, "ReplicaFailure") is None:
            told.append(
                {
                    "type": "ReplicaFailure",
                    "status": "True",
                    "lastTransitionTime": timestamp(self.clock.now()),
                    "reason": "FailedCreate" if surplus < 0 else "FailedDelete",
                    "message": str(failure),
                }
            )
        return told
