"""The job controller: runs jobs to completion, one pass at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.clock import Clock
from grader.embedded.controllers.adoption import Orphans, claim, owners, selector_matcher
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.job.account import Account, is_finished
from grader.embedded.controllers.job.job_pods import is_tracked
from grader.embedded.controllers.job.pauses import FailureRecord
from grader.embedded.controllers.job.sync import Sync
from grader.embedded.controllers.job.tracking import JOBS, untrack
from grader.embedded.controllers.pod_control import PodControl, is_namespace_going
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, key_of
from grader.embedded.store import Event

_MANAGER = "kubernetes.io/job-controller"


class JobController(Controller):
    """Creates a job's pods, counts those that ended, and says when the job is over."""

    name = "job-controller"

    def __init__(self, client: Client, clock: Clock, events: EventRecorder, orphans: Orphans) -> None:
        super().__init__(client, clock, events)
        self._orphans = orphans
        self._control = PodControl(client, events)
        self._record = FailureRecord()

    def watches(self) -> Mapping[str, Mapper]:
        return {JOBS: self._job_changed, "pods": owners(self.client, JOBS, "Job", selector_matcher)}

    def resync(self) -> Iterable[Key]:
        return [key_of(job) for job in self.client.each(JOBS)]

    def _job_changed(self, event: Event) -> Iterable[Key]:
        if event.type == "DELETED":
            self._record.forget(event.object["metadata"]["uid"])
        return itself(event)

    def reconcile(self, key: Key) -> float | None:
        job = self.client.get(JOBS, *key)
        if job is None or job["spec"].get("managedBy") not in (None, _MANAGER):
            return None
        pods = claim(self.client, job, selector_matcher(job), self._orphans)
        if is_finished(job):
            untrack(self.client, (pod for pod in pods if is_tracked(pod)))
            return None
        account = Account(job, pods, self.clock.now())
        sync = Sync(self.client, self.events, self._control, self._record, account)
        sync.run()
        if sync.failure is not None and not is_namespace_going(sync.failure):
            raise sync.failure
        return sync.again
