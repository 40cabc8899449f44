"""The pods of a job: how they are made, and when a failed one was over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.embedded.clock import parse_timestamp
from grader.embedded.controllers.job.indexes import INDEX
from grader.embedded.controllers.pods import PodMaker
from grader.embedded.objects import Obj, annotations_of, clone

FINALIZER = "batch.kubernetes.io/job-tracking"
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"
_VARIABLE = "JOB_COMPLETION_INDEX"


def is_tracked(pod: Obj) -> bool:
    """Whether a pod still waits to be counted."""
    return FINALIZER in (pod["metadata"].get("finalizers") or ())


def is_indexed(job: Obj) -> bool:
    return bool(job["spec"].get("completionMode") == "Indexed")


def finished_at(pod: Obj) -> float:
    """When a pod was over: when its last container ended, or when it was deleted."""
    times = [
        terminated["finishedAt"]
        for status in pod.get("status", {}).get("containerStatuses") or ()
        if (terminated := status.get("state", {}).get("terminated")) and terminated.get("finishedAt")
    ]
    meta = pod["metadata"]
    return parse_timestamp(max(times, default=meta.get("deletionTimestamp") or meta["creationTimestamp"]))


def make_plain(job: Obj, count: int) -> Iterator[Obj]:
    """Pods for a job whose completions are all alike."""
    maker = PodMaker(job, _tracked(job["spec"]["template"]))
    for _ in range(count):
        yield maker.make()


def make_indexed(job: Obj, indexes: Sequence[int], predecessors: dict[int, Obj], ignored: set[int]) -> Iterator[Obj]:
    """Pods for some indexes. `predecessors` are the failed pods they replace, where failures are counted by index;
    `ignored` the indexes whose last failure does not count."""
    template = _tracked(_with_variable(job["spec"]["template"]))
    name = job["metadata"]["name"]
    template["spec"].pop("hostname", None)
    for index in indexes:
        pod = PodMaker(job, template, generate=f"{name}-{index}-").make()
        meta = pod["metadata"]
        meta.setdefault("annotations", {})[INDEX] = str(index)
        meta.setdefault("labels", {})[INDEX] = str(index)
        pod["spec"]["hostname"] = f"{name}-{index}"
        if job["spec"].get("backoffLimitPerIndex") is not None:
            meta["annotations"] |= _counted(predecessors.get(index), index in ignored)
        yield pod


def _counted(predecessor: Obj | None, ignored: bool) -> dict[str, str]:
    if predecessor is None:
        return {FAILURES: "0"}
    failures, passed = failures_of(predecessor), int(annotations_of(predecessor).get(IGNORED, "0"))
    if ignored:
        return {FAILURES: str(failures), IGNORED: str(passed + 1)}
    return {FAILURES: str(failures + 1), **({IGNORED: str(passed)} if passed else {})}


def failures_of(pod: Obj) -> int:
    """How often the pod's index had failed before this pod."""
    text = annotations_of(pod).get(FAILURES, "0")
    return int(text) if text.isdigit() else 0


def _tracked(template: Obj) -> Obj:
    meta = template.get("metadata") or {}
    finalizers = [*(meta.get("finalizers") or ()), FINALIZER]
    return {**template, "metadata": {**meta, "finalizers": list(dict.fromkeys(finalizers))}}


def _with_variable(template: Obj) -> Obj:
    """A copy of a template whose containers learn their index."""
    changed = clone(template)
    source = {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}}
    for group in ("initContainers", "containers"):
        for container in changed["spec"].get(group) or ():
            names = {variable["name"] for variable in container.get("env") or ()}
            if _VARIABLE not in names:
                container.setdefault("env", []).append({"name": _VARIABLE, "valueFrom": source})
    return changed
