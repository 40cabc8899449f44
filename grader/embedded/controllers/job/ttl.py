"""Finished jobs go after `ttlSecondsAfterFinished` (k8s.io/docs/concepts/workloads/controllers/ttlafterfinished)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.clock import parse_timestamp
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.job.account import is_finished
from grader.embedded.controllers.job.tracking import JOBS
from grader.embedded.objects import Key, is_terminating, key_of


class TtlAfterFinishedController(Controller):
    """Deletes jobs that have been over for long enough, with their pods."""

    name = "ttl-after-finished-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {JOBS: itself}

    def resync(self) -> Iterable[Key]:
        return [key_of(job) for job in self.client.each(JOBS)]

    def reconcile(self, key: Key) -> float | None:
        job = self.client.get(JOBS, *key)
        if job is None or is_terminating(job):
            return None
        ttl = job["spec"].get("ttlSecondsAfterFinished")
        ended = is_finished(job)
        if ttl is None or ended is None:
            return None
        left = parse_timestamp(ended["lastTransitionTime"]) + float(ttl) - self.clock.now()
        if left > 0:
            return left
        self.client.delete(JOBS, *key, uid=job["metadata"]["uid"], propagation="Foreground")
        return None
