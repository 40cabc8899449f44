"""One pass over a job: pods are created or removed, ended ones counted, and the status written."""

from __future__ import annotations

from grader.embedded.clock import timestamp
from grader.embedded.controllers import conditions
from grader.embedded.controllers.job import policies
from grader.embedded.controllers.job.account import (
    COMPLETED,
    Account,
    Outcome,
    condition,
    is_suspended,
)
from grader.embedded.controllers.job.indexes import index_of, render
from grader.embedded.controllers.job.job_pods import failures_of, finished_at, is_tracked, make_indexed, make_plain
from grader.embedded.controllers.job.pauses import FailureRecord, pause_after
from grader.embedded.controllers.job.tracking import JOBS, untrack
from grader.embedded.controllers.pod_control import PodControl
from grader.embedded.controllers.pods import has_ended, is_ready, phase_of, to_delete_first
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Obj, is_terminating, key_of, uid_of
from grader.embedded.status import ApiError

_BURST = 500


class Sync:
    """One pass. `failure` is what the API refused; `again` the seconds after which to look once more."""

    def __init__(
        self, client: Client, events: EventRecorder, control: PodControl, record: FailureRecord, account: Account
    ) -> None:
        self._client = client
        self._events = events
        self._control = control
        self._record = record
        self._account = account
        self.job = account.job
        self._conditions: list[Obj] = list(self.job.get("status", {}).get("conditions") or ())
        self._active = list(account.active)
        self._ending = len(account.ending)
        self._started: str | None = self.job.get("status", {}).get("startTime")
        self._kept: set[str] = set()
        self.failure: ApiError | None = None
        self.again: float | None = None

    def run(self) -> None:
        """Take the pass. Raises ApiError when the status could not be written."""
        account = self._account
        if self._started is None and not is_suspended(self.job):
            self._started = timestamp(account.now)
            self.job = account.job = {**self.job, "status": {**self.job.get("status", {}), "startTime": self._started}}
        outcome = account.outcome()
        if outcome is not None:
            self._remove(self._active)
        elif not is_terminating(self.job):
            self._manage()
            if self.failure is None and account.is_complete(len(self._active)):
                outcome = COMPLETED
            else:
                self._tell_suspension()
                self._wait(account.deadline_in())
        self._write(outcome)

    # Pods

    def _manage(self) -> None:
        """Bring the number of running pods to what is wanted."""
        account = self._account
        if is_suspended(self.job):
            self._remove(self._active, uncounted=True)
            return
        surplus = len(self._active) - account.wanted()
        if surplus > 0:
            self._remove(to_delete_first(self._active, {}, account.now)[:surplus], uncounted=True)
            return
        missing = -surplus - (len(account.ending) if policies.replaces_only_failed(self.job) else 0)
        if missing > 0:
            self._create(min(missing, _BURST))

    def _create(self, count: int) -> None:
        account = self._account
        if account.per_index is None:
            new, good = account.failures_in_a_row(), bool(account.new_successes)
            left = self._record.left(uid_of(self.job), new, good, account.now)
            if left:
                self._wait(left)
                return
        if not account.indexed:
            made, self.failure = self._control.create_many(self.job, make_plain(self.job, count))
        else:
            made, self.failure = self._create_indexed(count)
        self._active += made

    def _create_indexed(self, count: int) -> tuple[list[Obj], ApiError | None]:
        account = self._account
        failures = account.last_failures() if account.per_index is not None else {}
        ready: list[int] = []
        for index in account.pending_indexes(len(failures) + count):
            pod = failures.get(index)
            left = finished_at(pod) + pause_after(failures_of(pod) + 1) - account.now if pod is not None else 0.0
            if left > 0:
                self._wait(left)
            elif len(ready) < count:
                ready.append(index)
        ignored = {index for index, pod in failures.items() if not policies.ruling_of(self.job, pod).counts}
        made, failure = self._control.create_many(self.job, make_indexed(self.job, ready, failures, ignored))
        waiting = set(failures) - account.failed_indexes - {index_of(pod) for pod in made}
        self._kept = {uid_of(failures[index]) for index in waiting}
        return made, failure

    def _remove(self, pods: list[Obj], *, uncounted: bool = False) -> None:
        """Delete running pods; `uncounted` ones are not held for the job's counts."""
        pods = list(pods)
        if uncounted:
            untrack(self._client, pods)
        for pod in pods:
            try:
                self._control.delete(self.job, pod)
            except ApiError as error:
                self.failure = error
                return
            self._active.remove(pod)
            if self._client.get("pods", *key_of(pod)) is not None:
                self._ending += 1

    # Status

    def _tell_suspension(self) -> None:
        now = self._account.now
        if is_suspended(self.job):
            new = condition("Suspended", "True", "JobSuspended", "Job suspended", now)
            if conditions.put(self._conditions, new):
                self._events.event(self.job, "Normal", "Suspended", "Job suspended")
        elif conditions.find(self._conditions, "Suspended") is not None:
            new = condition("Suspended", "False", "JobResumed", "Job resumed", now)
            if conditions.put(self._conditions, new):
                self._events.event(self.job, "Normal", "Resumed", "Job resumed")
                self._started = timestamp(now)

    def _write(self, outcome: Outcome | None) -> None:
        """Write the status, let counted pods go, and tell of the end."""
        account = self._account
        counted = self._counted(outcome)
        ended = self._settle(outcome)
        status = self._status(counted, outcome)
        current = self._client.get(JOBS, *key_of(self.job))
        if current is not None and status != current.get("status"):
            self._client.update_status(JOBS, {**current, "status": status})
        self._record.note(uid_of(self.job), account.failures_in_a_row(), bool(account.new_successes))
        untrack(self._client, counted)
        if ended and outcome is not None:
            self._tell_end(outcome)

    def _counted(self, outcome: Outcome | None) -> list[Obj]:
        """The tracked pods that this pass has taken into account."""
        job = self.job
        return [
            pod
            for pod in self._account.pods
            if is_tracked(pod)
            and uid_of(pod) not in (self._kept if outcome is None else ())
            and (
                outcome is not None
                or is_terminating(job)
                or phase_of(pod) == "Succeeded"
                or policies.has_failed(job, pod)
            )
        ]

    def _settle(self, outcome: Outcome | None) -> bool:
        """Add the conditions of an end: its target at once, the end itself when no pod runs any more."""
        if outcome is None:
            return False
        now = self._account.now
        target, final = ("SuccessCriteriaMet", "Complete") if outcome.success else ("FailureTarget", "Failed")
        if conditions.find(self._conditions, target) is None:
            self._conditions.append(condition(target, "True", outcome.reason, outcome.message, now))
        if self._ending or self._active:
            return False
        self._conditions.append(condition(final, "True", outcome.reason, outcome.message, now))
        return True

    def _status(self, counted: list[Obj], outcome: Outcome | None) -> Obj:
        account = self._account
        status: Obj = {"startTime": self._started} if self._started else {}
        final = conditions.find(self._conditions, "Complete")
        if final is not None:
            status["completionTime"] = final["lastTransitionTime"]
        failed = account.failed
        if outcome is not None and not outcome.success:
            failed += sum(1 for pod in counted if not has_ended(pod) and not policies.has_failed(self.job, pod))
        failed -= sum(1 for pod in account.new_failures if uid_of(pod) in self._kept and outcome is None)
        numbers = {"active": len(self._active), "succeeded": account.succeeded, "failed": failed}
        status |= {name: number for name, number in numbers.items() if number}
        status["ready"] = sum(1 for pod in self._active if is_ready(pod))
        status["terminating"] = self._ending
        if account.indexed and account.succeeded_indexes:
            status["completedIndexes"] = render(account.succeeded_indexes)
        if account.per_index is not None:
            status["failedIndexes"] = render(account.failed_indexes)
        status["uncountedTerminatedPods"] = {}
        if self._conditions:
            status["conditions"] = self._conditions
        return status

    def _tell_end(self, outcome: Outcome) -> None:
        if not outcome.success:
            self._events.event(self.job, "Warning", outcome.reason, outcome.message)
            return
        completions = self._account.completions
        if completions is not None and self._account.succeeded > completions:
            text = "Too many succeeded pods running after completion count reached"
            self._events.event(self.job, "Warning", "TooManySucceededPods", text)
        self._events.event(self.job, "Normal", "Completed", "Job completed")

    def _wait(self, seconds: float | None) -> None:
        if seconds is not None:
            self.again = seconds if self.again is None else min(self.again, seconds)
