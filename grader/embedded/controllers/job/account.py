"""One look at a job: its pods sorted by what became of them, the counts, and whether that settles the job."""

from __future__ import annotations

from dataclasses import dataclass

from grader.embedded.clock import parse_timestamp, timestamp
from grader.embedded.controllers import conditions
from grader.embedded.controllers.job import policies
from grader.embedded.controllers.job.indexes import index_of, parse
from grader.embedded.controllers.job.job_pods import FAILURES, failures_of, finished_at, is_indexed, is_tracked
from grader.embedded.controllers.pods import has_ended, is_active, is_ready, phase_of
from grader.embedded.objects import Obj, annotations_of, is_terminating


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ends. `success` tells Complete from Failed."""

    success: bool
    reason: str
    message: str


COMPLETED = Outcome(True, "CompletionsReached", "Reached expected number of succeeded pods")


def condition(kind: str, status: str, reason: str, message: str, now: float) -> Obj:
    """A job condition that begins now."""
    time = timestamp(now)
    return {
        "type": kind,
        "status": status,
        "lastProbeTime": time,
        "lastTransitionTime": time,
        "reason": reason,
        "message": message,
    }


def is_finished(job: Obj) -> Obj | None:
    """The condition by which a job is over, if it is."""
    for told in job.get("status", {}).get("conditions") or ():
        if told["type"] in ("Complete", "Failed") and told["status"] == "True":
            return dict(told)
    return None


def is_suspended(job: Obj) -> bool:
    return bool(job["spec"].get("suspend"))


class Account:
    """A job's pods and figures. Pods that carry the tracking finalizer are not yet in the job's own counts."""

    def __init__(self, job: Obj, pods: list[Obj], now: float) -> None:
        self.job = job
        self.now = now
        self.pods = pods
        self.indexed = is_indexed(job)
        self.per_index = job["spec"].get("backoffLimitPerIndex")
        self.completions: int | None = job["spec"].get("completions")
        self.active = [pod for pod in pods if is_active(pod)]
        self.ending = [pod for pod in pods if is_terminating(pod) and not has_ended(pod)]
        tracked = [pod for pod in pods if is_tracked(pod) and self._is_valid(pod)]
        self.new_successes = [pod for pod in tracked if phase_of(pod) == "Succeeded"]
        self.new_failures = [
            pod for pod in tracked if policies.has_failed(job, pod) and policies.ruling_of(job, pod).counts
        ]
        status = job.get("status", {})
        self.failed: int = status.get("failed", 0) + len(self.new_failures)
        self.succeeded_indexes = self._succeeded_indexes()
        self.failed_indexes = self._failed_indexes()
        self.succeeded: int = (
            len(self.succeeded_indexes) if self.indexed else status.get("succeeded", 0) + len(self.new_successes)
        )

    def _is_valid(self, pod: Obj) -> bool:
        """An indexed job only counts pods with an index of its own."""
        if not self.indexed:
            return True
        index = index_of(pod)
        return index is not None and index < (self.completions or 0)

    def _succeeded_indexes(self) -> set[int]:
        if not self.indexed:
            return set()
        known = parse(self.job.get("status", {}).get("completedIndexes", ""), self.completions or 0)
        return known | {index for pod in self.new_successes if (index := index_of(pod)) is not None}

    def _failed_indexes(self) -> set[int]:
        """Indexes that failed for good: too often, or because the policy says so."""
        if self.per_index is None:
            return set()
        found = parse(self.job.get("status", {}).get("failedIndexes", ""), self.completions or 0)
        for index, pod in self.last_failures().items():
            ruling = policies.ruling_of(self.job, pod)
            if ruling.action == "FailIndex" or (ruling.counts and failures_of(pod) >= self.per_index):
                found.add(index)
        return found - self.succeeded_indexes

    def last_failures(self) -> dict[int, Obj]:
        """The failed pod of each index that has failed most often, unless a newer pod took its place."""
        latest: dict[int, Obj] = {}
        for pod in self.pods:
            index = index_of(pod)
            if index is None or FAILURES not in annotations_of(pod):
                continue
            other = latest.get(index)
            if other is None or _turn(pod) > _turn(other):
                latest[index] = pod
        return {index: pod for index, pod in latest.items() if policies.has_failed(self.job, pod)}

    def ready(self) -> int:
        return sum(1 for pod in self.active if is_ready(pod))

    def outcome(self) -> Outcome | None:
        """How the job ends, if what happened so far settles that."""
        told = self.job.get("status", {}).get("conditions") or []
        for kind, success in (("FailureTarget", False), ("SuccessCriteriaMet", True)):
            known = conditions.find(told, kind)
            if known is not None and known["status"] == "True":
                return Outcome(success, known.get("reason", ""), known.get("message", ""))
        return self._failure() or self._success()

    def _failure(self) -> Outcome | None:
        spec = self.job["spec"]
        for pod in self.pods:
            if policies.has_failed(self.job, pod):
                ruling = policies.ruling_of(self.job, pod)
                if ruling.action == "FailJob":
                    return Outcome(False, "PodFailurePolicy", ruling.message)
        too_many = self.failed > spec.get("backoffLimit", 6) and bool(self.new_failures)
        if too_many or policies.restarts_exceed(self.job, self.pods):
            return Outcome(False, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
        overdue = self.deadline_in()
        if overdue is not None and overdue <= 0:
            return Outcome(False, "DeadlineExceeded", "Job was active longer than specified deadline")
        if self.per_index is None or not self.failed_indexes:
            return None
        most = spec.get("maxFailedIndexes")
        if most is not None and len(self.failed_indexes) > most:
            text = "Job has exceeded the specified maximal number of failed indexes"
            return Outcome(False, "MaxFailedIndexesExceeded", text)
        if len(self.failed_indexes) + self.succeeded >= (self.completions or 0):
            return Outcome(False, "FailedIndexes", "Job has failed indexes")
        return None

    def _success(self) -> Outcome | None:
        text = policies.success_rule(self.job, self.succeeded_indexes)
        return Outcome(True, "SuccessPolicy", text) if text else None

    def is_complete(self, active: int) -> bool:
        """Whether nothing is left to be done, with that many pods still running."""
        if self.completions is None:
            return self.succeeded > 0 and active == 0
        return self.succeeded >= self.completions and active == 0

    def deadline_in(self) -> float | None:
        """Seconds until the job has been active for too long; None when it may be for ever, or is suspended."""
        seconds = self.job["spec"].get("activeDeadlineSeconds")
        started = self.job.get("status", {}).get("startTime")
        if seconds is None or started is None or is_suspended(self.job):
            return None
        return parse_timestamp(started) + float(seconds) - self.now

    def wanted(self) -> int:
        """How many pods should be running."""
        parallelism: int = self.job["spec"].get("parallelism", 1)
        if self.completions is None:
            return len(self.active) if self.succeeded else parallelism
        return max(min(self.completions - self.succeeded - len(self.failed_indexes), parallelism), 0)

    def pending_indexes(self, count: int) -> list[int]:
        """The first indexes that neither run nor are settled."""
        running = {index_of(pod) for pod in self.active}
        if policies.replaces_only_failed(self.job):
            running |= {index_of(pod) for pod in self.ending}
        found: list[int] = []
        for index in range(self.completions or 0):
            if len(found) == count:
                break
            if index not in running and index not in self.succeeded_indexes and index not in self.failed_indexes:
                found.append(index)
        return found

    def failures_in_a_row(self) -> list[float]:
        """The ends of failed pods since the last success among the pods not counted before, in order."""
        times = [(finished_at(pod), False) for pod in self.new_failures]
        times += [(finished_at(pod), True) for pod in self.new_successes]
        times.sort()
        last = max((position for position, (_, good) in enumerate(times) if good), default=-1)
        return [time for time, _ in times[last + 1 :]]


def _turn(pod: Obj) -> tuple[int, str, str]:
    meta = pod["metadata"]
    return failures_of(pod), meta["creationTimestamp"], meta["name"]
