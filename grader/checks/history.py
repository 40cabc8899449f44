"""What a deployment's rollouts looked like at every moment, told afterwards by what the cluster still knows.

Watches from the version noted at the lab's start replay every change of the pods and replica sets ("Efficient detection
of changes" in k8s.io/docs/reference/using-api/api-concepts). Where the server's history no longer reaches back, the
deployment's ScalingReplicaSet events give the counts that were asked for, though not which pods were ready.

Counts of pods are those the replica sets were asked for: that is what maxSurge bounds. A replica set's own controller
may make a pod a moment before another's has removed one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from grader.checks.base import Baseline
from grader.checks.cluster import ApiError, Change, Cluster, Obj
from grader.checks.diagnosis import owner, ready

_SCALED = re.compile(r"Scaled (?:up|down) replica set (?P<set>\S+) from (?P<old>\d+) to (?P<new>\d+)")


@dataclass(frozen=True)
class Moment:
    """Counts at one moment: pods asked for, pods ready (None: not known), and versions with any pod left."""

    pods: int
    ready: int | None
    versions: int


@dataclass
class Rolled:
    """One rollout, towards the replica set named `target`."""

    target: str
    moments: list[Moment] = field(default_factory=list)


def rollouts(deployment: Obj, cluster: Cluster, baseline: Baseline) -> list[Rolled]:
    """The deployment's rollouts since the start, oldest first; its first pods coming up are not one."""
    if baseline.version:
        try:
            return _replayed(deployment, cluster, baseline)
        except ApiError as error:
            if error.status != 410:
                raise
    return _from_events(deployment, cluster)


class _Film:
    """A deployment's replica sets and pods as changes go by, and the rollouts seen so far."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.pods: dict[str, tuple[str, bool]] = {}
        self.rollouts: list[Rolled] = []
        self._current = ""
        self._over = True

    def resize(self, name: str, size: int) -> None:
        """A replica set is asked for `size` pods. A rollout begins when another than the current one gets its first."""
        if size and not self.sizes.get(name) and name != self._current:
            if self._current:
                self.rollouts.append(Rolled(name))
                self._over = False
            self._current = name
        self.sizes[name] = size

    def remember(self, *, pods_known: bool = True) -> None:
        """Note this moment, unless the rollout is over: scaling afterwards is no part of it."""
        if self._over:
            return
        asked = sum(self.sizes.values())
        if not pods_known:
            self.rollouts[-1].moments.append(Moment(asked, None, sum(1 for size in self.sizes.values() if size)))
            return
        good = sum(is_ready for _, is_ready in self.pods.values())
        versions = {name for name, _ in self.pods.values()}
        self.rollouts[-1].moments.append(Moment(asked, good, len(versions)))
        self._over = versions == {self._current} and good == asked and self.sizes.get(self._current) == asked


def _replayed(deployment: Obj, cluster: Cluster, baseline: Baseline) -> list[Rolled]:
    """Rollouts from every change since the start, of replica sets and pods in the order they happened."""
    name = deployment["metadata"]["name"]
    namespace = deployment["metadata"].get("namespace", cluster.namespace)
    film = _Film()
    for uid, pod in baseline.pods.items():
        if pod["owner"].rpartition("-")[0] == name and pod["namespace"] == namespace:
            film.pods[uid] = (pod["owner"], pod["ready"])
            film.resize(pod["owner"], film.sizes.get(pod["owner"], 0) + 1)
    changes = [*_changes("ReplicaSet", cluster, namespace, baseline), *_changes("Pod", cluster, namespace, baseline)]
    for change in sorted(changes, key=_version):
        if change.object["kind"] == "ReplicaSet" and owner(change.object).get("name") == name:
            size = 0 if change.kind == "DELETED" else change.object["spec"].get("replicas", 1)
            film.resize(change.object["metadata"]["name"], size)
        elif change.object["kind"] == "Pod" and owner(change.object).get("name", "").rpartition("-")[0] == name:
            _film_pod(film, change)
        else:
            continue
        film.remember()
    return film.rollouts


def _film_pod(film: _Film, change: Change) -> None:
    uid = change.object["metadata"]["uid"]
    if change.kind == "DELETED":
        film.pods.pop(uid, None)
    else:
        film.pods[uid] = (owner(change.object)["name"], ready(change.object))


def _changes(kind: str, cluster: Cluster, namespace: str, baseline: Baseline) -> Iterable[Change]:
    """The replayed changes of a kind: all until the server has nothing more to tell."""
    for change in cluster.changes(kind, 1, namespace, since=baseline.version, tick=0.2):
        if change is None:
            return
        yield change


def _version(change: Change) -> int:
    """Where a change belongs in the order of all changes. Resource versions of built-in kinds are one rising number."""
    version = change.object["metadata"].get("resourceVersion", "0")
    return int(version) if version.isdigit() else 0


def _from_events(deployment: Obj, cluster: Cluster) -> list[Rolled]:
    """Rollouts from the counts in ScalingReplicaSet events, in the order they were written."""
    film = _Film()
    for message in _scalings(deployment, cluster):
        if match := _SCALED.search(message):
            film.resize(match["set"], int(match["new"]))
            film.remember(pods_known=False)
    return film.rollouts


def _scalings(deployment: Obj, cluster: Cluster) -> Iterator[str]:
    uid = deployment["metadata"]["uid"]
    events = [
        event
        for event in cluster.objects("Event", deployment["metadata"].get("namespace"))
        if event.get("reason") == "ScalingReplicaSet" and event["involvedObject"].get("uid") == uid
    ]
    events.sort(
        key=lambda event: (event.get("firstTimestamp") or "", int(event["metadata"].get("resourceVersion") or 0))
    )
    return (event.get("message", "") for event in events)
