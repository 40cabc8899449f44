"""Taking the tracking finalizer off pods that have been counted, or that nobody will count any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.controllers.base import Controller, Mapper
from grader.embedded.controllers.job.job_pods import FINALIZER, is_tracked
from grader.embedded.machinery.client import Client
from grader.embedded.objects import Key, Obj, clone, controller_of, key_of
from grader.embedded.store import Event, EventType

JOBS = "jobs.batch"


def untrack(client: Client, pods: Iterable[Obj]) -> None:
    """Let go of pods, as they are stored now."""
    for pod in list(pods):
        current = client.get("pods", *key_of(pod))
        if current is not None and is_tracked(current):
            changed = clone(current)
            changed["metadata"]["finalizers"].remove(FINALIZER)
            client.update("pods", changed)


class StrayJobPodController(Controller):
    """Pods whose job is gone must not be held by it. Keys are those of pods."""

    name = "job-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {"pods": self._pod_changed, JOBS: self._job_changed}

    def resync(self) -> Iterable[Key]:
        return [key_of(pod) for pod in self.client.each("pods") if self._is_stray(pod)]

    def _pod_changed(self, event: Event) -> Iterable[Key]:
        return (event.key,) if event.type is not EventType.DELETED and self._is_stray(event.object) else ()

    def _job_changed(self, event: Event) -> Iterable[Key]:
        if event.type is not EventType.DELETED:
            return ()
        return [key_of(pod) for pod in self.client.owned(event.object, "pods") if is_tracked(pod)]

    def _is_stray(self, pod: Obj) -> bool:
        if not is_tracked(pod):
            return False
        owner = controller_of(pod)
        if owner is None or owner["kind"] != "Job":
            return owner is None
        job = self.client.get(JOBS, pod["metadata"]["namespace"], owner["name"])
        return job is None or job["metadata"]["uid"] != owner["uid"]

    def reconcile(self, key: Key) -> float | None:
        pod = self.client.get("pods", *key)
        if pod is not None and self._is_stray(pod):
            untrack(self.client, [pod])
        return None
