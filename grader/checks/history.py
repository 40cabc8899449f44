"""What a deployment's rollouts looked like at every moment, told afterwards by what the cluster still knows.

A watch from the version noted at the lab's start replays every change of the pods ("Efficient detection of changes" in
k8s.io/docs/reference/using-api/api-concepts). Where the server's history no longer reaches back, the deployment's
ScalingReplicaSet events give the counts that were asked for, though not which pods were ready.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from grader.checks.base import Baseline
from grader.checks.cluster import ApiError, Change, Cluster, Obj
from grader.checks.diagnosis import owner, ready, terminating

_SCALED = re.compile(r"Scaled (?:up|down) replica set (?P<set>\S+) from (?P<old>\d+) to (?P<new>\d+)")


@dataclass
class Moment:
    """Counts at one moment: pods not being deleted, of them ready (None: not known), and versions with any pod left."""

    pods: int
    ready: int | None
    versions: int


@dataclass
class Rolled:
    """One rollout, towards the replica set named `target`."""

    target: str
    moments: list[Moment] = field(default_factory=list)


@dataclass
class _Pod:
    set: str
    leaving: bool
    ready: bool


def rollouts(deployment: Obj, cluster: Cluster, baseline: Baseline) -> list[Rolled]:
    """The deployment's rollouts since the start, oldest first; its first pods coming up are not one."""
    name = deployment["metadata"]["name"]
    namespace = deployment["metadata"].get("namespace", cluster.namespace)
    if baseline.version:
        try:
            return list(
                _replayed(name, _changes(cluster, namespace, baseline.version), _pods_before(name, namespace, baseline))
            )
        except ApiError as error:
            if error.status != 410:
                raise
    return list(_from_events(deployment, cluster))


def _changes(cluster: Cluster, namespace: str, version: str) -> Iterator[Change]:
    """The replayed changes: all until the server has nothing more to tell."""
    for change in cluster.changes("Pod", 1, namespace, since=version, tick=0.2):
        if change is None:
            return
        yield change


def _pods_before(name: str, namespace: str, baseline: Baseline) -> dict[str, _Pod]:
    return {
        uid: _Pod(pod["owner"], leaving=False, ready=pod["ready"])
        for uid, pod in baseline.pods.items()
        if pod["owner"].rpartition("-")[0] == name and pod["namespace"] == namespace
    }


def _replayed(name: str, changes: Iterable[Change], pods: dict[str, _Pod]) -> Iterator[Rolled]:
    """Rollouts from changes: one begins when a replica set other than the current one gets a pod."""
    current = next((pod.set for pod in pods.values()), "")
    rolled: Rolled | None = None
    for change in changes:
        pod, uid = change.object, change.object["metadata"]["uid"]
        made_by = owner(pod).get("name", "")
        if made_by.rpartition("-")[0] != name:
            continue
        if change.kind == "DELETED":
            pods.pop(uid, None)
        else:
            if uid not in pods and made_by != current:
                if rolled:
                    yield rolled
                rolled, current = Rolled(made_by) if current else None, made_by
            pods[uid] = _Pod(made_by, terminating(pod), ready(pod))
        if rolled and not (rolled.moments and _settled(rolled.moments[-1], pods)):
            rolled.moments.append(_moment(pods))
    if rolled:
        yield rolled


def _moment(pods: dict[str, _Pod]) -> Moment:
    staying = [pod for pod in pods.values() if not pod.leaving]
    return Moment(len(staying), sum(pod.ready for pod in staying), len({pod.set for pod in pods.values()}))


def _settled(last: Moment, pods: dict[str, _Pod]) -> bool:
    """Whether the rollout was over: what happens afterwards, such as scaling, is no part of it."""
    return last.versions == 1 and last.ready == last.pods and last.pods > 0


def _from_events(deployment: Obj, cluster: Cluster) -> Iterator[Rolled]:
    """Rollouts from the counts in ScalingReplicaSet events, in the order they were written."""
    uid = deployment["metadata"]["uid"]
    events = [
        event
        for event in cluster.objects("Event", deployment["metadata"].get("namespace"))
        if event.get("reason") == "ScalingReplicaSet" and event["involvedObject"].get("uid") == uid
    ]
    events.sort(
        key=lambda event: (event.get("firstTimestamp") or "", int(event["metadata"].get("resourceVersion") or 0))
    )
    counts: dict[str, int] = {}
    current = ""
    rolled: Rolled | None = None
    for event in events:
        match = _SCALED.search(event.get("message", ""))
        if not match:
            continue
        name, new = match["set"], int(match["new"])
        if match["old"] == "0" and name != current:
            if rolled:
                yield rolled
            rolled, current = Rolled(name) if current else None, name
        counts[name] = new
        if rolled:
            rolled.moments.append(Moment(sum(counts.values()), None, sum(1 for count in counts.values() if count)))
    if rolled:
        yield rolled
