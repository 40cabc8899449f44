"""When a job's pod counts as failed, and when failures or successes settle the whole job. Pure functions.

k8s.io/docs/concepts/workloads/controllers/job, "Pod failure policy" and "Success policy".
"""

from __future__ import annotations

from typing import NamedTuple

from grader.embedded.controllers.job.indexes import parse
from grader.embedded.controllers.pods import phase_of
from grader.embedded.objects import Obj, is_terminating


class Ruling(NamedTuple):
    """What the failure policy says of a failed pod: the action, empty when no rule matched, and how it matched."""

    action: str
    message: str

    @property
    def counts(self) -> bool:
        """Whether the failure counts towards the backoff limit."""
        return self.action != "Ignore"


_NO_RULE = Ruling("", "")


def replaces_only_failed(job: Obj) -> bool:
    """Whether pods that are ending are waited for before they are replaced."""
    return bool(job["spec"].get("podReplacementPolicy") == "Failed")


def has_failed(job: Obj, pod: Obj) -> bool:
    """Whether a pod counts as failed: one that is deleted before it ends does, unless only failed pods are replaced."""
    phase = phase_of(pod)
    if phase == "Failed":
        return True
    return not replaces_only_failed(job) and is_terminating(pod) and phase != "Succeeded"


def ruling_of(job: Obj, pod: Obj) -> Ruling:
    """The first matching rule of the job's pod failure policy."""
    for number, rule in enumerate((job["spec"].get("podFailurePolicy") or {}).get("rules") or ()):
        text = _matched(rule, pod)
        if text and not (rule["action"] == "FailIndex" and job["spec"].get("backoffLimitPerIndex") is None):
            return Ruling(rule["action"], f"{text} matching {rule['action']} rule at index {number}")
    return _NO_RULE


def _matched(rule: Obj, pod: Obj) -> str:
    """How a pod matches a rule, in the API's words; empty when it does not."""
    meta = pod["metadata"]
    place = f"{meta['namespace']}/{meta['name']}"
    codes = rule.get("onExitCodes")
    if codes:
        for status in _container_statuses(pod):
            code = (status.get("state", {}).get("terminated") or {}).get("exitCode", 0)
            named = codes.get("containerName") in (None, status["name"])
            if code and named and (code in codes["values"]) == (codes["operator"] == "In"):
                return f"Container {status['name']} for pod {place} failed with exit code {code}"
        return ""
    for pattern in rule.get("onPodConditions") or ():
        for condition in pod.get("status", {}).get("conditions") or ():
            if condition["type"] == pattern["type"] and condition["status"] == pattern.get("status", "True"):
                return f"Pod {place} has condition {condition['type']}"
    return ""


def _container_statuses(pod: Obj) -> list[Obj]:
    status = pod.get("status", {})
    return [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]


def success_rule(job: Obj, succeeded: set[int]) -> str:
    """The message of the success policy's first rule that holds; empty when none does."""
    completions = job["spec"].get("completions") or 0
    for number, rule in enumerate((job["spec"].get("successPolicy") or {}).get("rules") or ()):
        counted, needed = succeeded, rule.get("succeededCount")
        if rule.get("succeededIndexes"):
            wanted = parse(rule["succeededIndexes"], completions)
            counted = succeeded & wanted
            needed = len(wanted) if needed is None else needed
        if needed is not None and len(counted) >= needed:
            return f"Matched rules at index {number}"
    return ""


def restarts_exceed(job: Obj, pods: list[Obj]) -> bool:
    """Whether containers that are restarted in place have been so too often (restartPolicy OnFailure)."""
    if job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    limit = job["spec"].get("backoffLimit", 6)
    count = sum(
        status.get("restartCount", 0)
        for pod in pods
        if phase_of(pod) in ("Running", "Pending")
        for status in _container_statuses(pod)
    )
    return bool(count > 0 if limit == 0 else count >= limit)
