"""Cron jobs: a job at each time of a schedule (k8s.io/docs/concepts/workloads/controllers/cron-jobs)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo

from grader.embedded.clock import parse_timestamp, timestamp
from grader.embedded.controllers import cron
from grader.embedded.controllers.adoption import owners
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.controllers.cron import Every, Schedule
from grader.embedded.controllers.job.account import is_finished
from grader.embedded.controllers.job.tracking import JOBS
from grader.embedded.controllers.pod_control import is_namespace_going
from grader.embedded.objects import Key, Obj, clone, controller_of, is_terminating, key_of, owner_reference
from grader.embedded.status import ApiError

_CRON_JOBS = "cronjobs.batch"
_SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_TOO_MANY = 100
_MARGIN = 0.1


class CronJobController(Controller):
    """Creates jobs on time and clears old ones away."""

    name = "cronjob-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {_CRON_JOBS: itself, JOBS: owners(self.client, _CRON_JOBS, "CronJob")}

    def resync(self) -> Iterable[Key]:
        return [key_of(cron_job) for cron_job in self.client.each(_CRON_JOBS)]

    def reconcile(self, key: Key) -> float | None:
        cron_job = self.client.get(_CRON_JOBS, *key)
        if cron_job is None or is_terminating(cron_job):
            return None
        jobs = [job for job in self.client.owned(cron_job, JOBS) if _is_controlled(job, cron_job)]
        status = self._observed(cron_job, jobs)
        again = self._start_due(cron_job, status)
        self._clear(cron_job, jobs)
        if status != (cron_job.get("status") or {}):
            current = self.client.get(_CRON_JOBS, *key)
            if current is not None:
                self.client.update_status(_CRON_JOBS, {**current, "status": status})
        return again

    def _observed(self, cron_job: Obj, jobs: list[Obj]) -> Obj:
        """The status by what became of the jobs: finished ones are active no more."""
        status = dict(cron_job.get("status") or {})
        active = list(status.pop("active", None) or ())
        known = {reference["uid"] for reference in active}
        for job in jobs:
            name, uid = job["metadata"]["name"], job["metadata"]["uid"]
            ended = is_finished(job)
            if ended is None:
                if uid not in known:
                    text = f"Saw a job that the controller did not create or forgot: {name}"
                    self._say(cron_job, "Warning", "UnexpectedJob", text)
                continue
            if uid in known:
                active = [reference for reference in active if reference["uid"] != uid]
                text = f"Saw completed job: {name}, condition: {ended['type']}"
                self._say(cron_job, "Normal", "SawCompletedJob", text)
            done = job.get("status", {}).get("completionTime")
            if ended["type"] == "Complete" and done and done > status.get("lastSuccessfulTime", ""):
                status["lastSuccessfulTime"] = done
        standing = {job["metadata"]["uid"] for job in jobs}
        for reference in [reference for reference in active if reference["uid"] not in standing]:
            active.remove(reference)
            text = f"Active job went missing: {reference['name']}"
            self._say(cron_job, "Normal", "MissingJob", text)
        return _with_active(status, active)

    def _start_due(self, cron_job: Obj, status: Obj) -> float | None:
        """Create the job that is due, if one is; seconds until the next time."""
        spec, now = cron_job["spec"], self.clock.now()
        if spec.get("suspend"):
            return None
        try:
            zone = cron.zone_of(spec.get("timeZone"))
        except cron.CronError:
            text = f'invalid timeZone: "{spec["timeZone"]}": unknown time zone {spec["timeZone"]}'
            self._say(cron_job, "Warning", "UnknownTimeZone", text)
            return None
        try:
            schedule = cron.parse(spec["schedule"])
        except cron.CronError as error:
            self._say(
                cron_job, "Warning", "UnparseableSchedule", f'unparseable schedule: "{spec["schedule"]}" : {error}'
            )
            return None
        due = self._due(cron_job, status, schedule, zone)
        if due is not None and self._may_start(cron_job, status):
            self._start(cron_job, status, due, zone)
        following = schedule.after(now, zone)
        return None if following is None else following - now + _MARGIN

    def _due(self, cron_job: Obj, status: Obj, schedule: Schedule | Every, zone: tzinfo) -> float | None:
        """The latest time of the schedule for which no job was started."""
        now = self.clock.now()
        since = parse_timestamp(status.get("lastScheduleTime") or cron_job["metadata"]["creationTimestamp"])
        deadline = cron_job["spec"].get("startingDeadlineSeconds")
        if deadline is not None:
            since = max(since, now - deadline)
        due, missed = cron.last_between(schedule, zone, since, now)
        if missed > _TOO_MANY:
            text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
            self._say(cron_job, "Warning", "TooManyMissedTimes", text)
        return due

    def _may_start(self, cron_job: Obj, status: Obj) -> bool:
        """Whether the concurrency policy lets another job start; jobs that have to make room for it are deleted."""
        policy, active = cron_job["spec"].get("concurrencyPolicy", "Allow"), status.get("active") or []
        if policy == "Forbid" and active:
            text = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self._say(cron_job, "Normal", "JobAlreadyActive", text)
            return False
        if policy == "Replace":
            for reference in active:
                self._delete(cron_job, reference["name"], reference["uid"])
            status.pop("active", None)
        return True

    def _start(self, cron_job: Obj, status: Obj, due: float, zone: tzinfo) -> None:
        wanted = job_of(cron_job, due, zone)
        name = wanted["metadata"]["name"]
        job = self.client.get(JOBS, wanted["metadata"]["namespace"], name)
        if job is None:
            try:
                job = self.client.create(JOBS, wanted)
            except ApiError as error:
                if not is_namespace_going(error):
                    self._say(cron_job, "Warning", "FailedCreate", f"Error creating job: {error}")
                raise
            self._say(cron_job, "Normal", "SuccessfulCreate", f"Created job {name}")
            status["active"] = [*(status.get("active") or ()), _reference(job)]
        status["lastScheduleTime"] = timestamp(due)

    def _clear(self, cron_job: Obj, jobs: list[Obj]) -> None:
        """Delete finished jobs beyond the history limits, oldest first."""
        for kind, field, usual in (
            ("Complete", "successfulJobsHistoryLimit", 3),
            ("Failed", "failedJobsHistoryLimit", 1),
        ):
            ended = [job for job in jobs if (is_finished(job) or {}).get("type") == kind]
            ended.sort(key=lambda job: (job.get("status", {}).get("startTime", ""), job["metadata"]["name"]))
            for job in ended[: max(len(ended) - cron_job["spec"].get(field, usual), 0)]:
                if not is_terminating(job):
                    self._delete(cron_job, job["metadata"]["name"], job["metadata"]["uid"])

    def _delete(self, cron_job: Obj, name: str, uid: str) -> None:
        try:
            self.client.delete(JOBS, cron_job["metadata"]["namespace"], name, uid=uid, propagation="Background")
        except ApiError as error:
            self._say(cron_job, "Warning", "FailedDelete", f"Deleted job: {error}")
            raise
        self._say(cron_job, "Normal", "SuccessfulDelete", f"Deleted job {name}")

    def _say(self, cron_job: Obj, kind: str, reason: str, text: str) -> None:
        self.events.event(cron_job, kind, reason, text)


def job_of(cron_job: Obj, due: float, zone: tzinfo) -> Obj:
    """The job for one time of the schedule, named after the minute."""
    template = clone(cron_job["spec"]["jobTemplate"])
    source = template.get("metadata") or {}
    local = datetime.fromtimestamp(due, zone).isoformat(timespec="seconds").replace("+00:00", "Z")
    meta: Obj = {
        "name": f"{cron_job['metadata']['name']}-{int(due // 60)}",
        "namespace": cron_job["metadata"]["namespace"],
        "annotations": {**(source.get("annotations") or {}), _SCHEDULED: local},
        "ownerReferences": [owner_reference(cron_job)],
    }
    if source.get("labels"):
        meta["labels"] = source["labels"]
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": template["spec"]}


def _reference(job: Obj) -> Obj:
    meta = job["metadata"]
    return {
        "apiVersion": job["apiVersion"],
        "kind": job["kind"],
        "name": meta["name"],
        "namespace": meta["namespace"],
        "resourceVersion": meta["resourceVersion"],
        "uid": meta["uid"],
    }


def _is_controlled(job: Obj, cron_job: Obj) -> bool:
    owner = controller_of(job)
    return owner is not None and owner["uid"] == cron_job["metadata"]["uid"]


def _with_active(status: Obj, active: list[Obj]) -> Obj:
    return {"active": active, **status} if active else status
