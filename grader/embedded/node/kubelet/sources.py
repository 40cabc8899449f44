"""Config maps, secrets and claims that pods use: who is to be told when one changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from grader.embedded.clock import Timer
from grader.embedded.node.kubelet.parts import Parts
from grader.embedded.node.kubelet.references import CONFIG_MAPS, SECRETS, references_of
from grader.embedded.node.kubelet.worker import PodWorker
from grader.embedded.objects import Key, Obj
from grader.embedded.store import Event, EventType

REFRESH_SECONDS = 30.0
"""How long a running pod's volumes lag behind a change. A kubelet looks about once a minute."""

_CLAIMS = "persistentvolumeclaims"
_Place = tuple[str, str, str]


class Sources:
    """An index from (resource, namespace, name) to the pods that use it."""

    def __init__(self, parts: Parts, workers: Mapping[Key, PodWorker]) -> None:
        self._parts = parts
        self._workers = workers
        self._users: dict[_Place, dict[Key, None]] = {}
        self._stale: dict[Key, None] = {}
        self._timer: Timer | None = None

    def follow(self) -> list[Callable[[], None]]:
        """Follow the objects; returns what ends it."""
        subscribe = self._parts.client.subscribe
        ends = [subscribe(resource, self._changed) for resource in (CONFIG_MAPS, SECRETS, _CLAIMS)]
        ends.append(subscribe("persistentvolumes", self._volume_changed))
        return ends

    def close(self) -> None:
        """No refresh any more."""
        if self._timer is not None:
            self._timer.cancel()

    def add(self, worker: PodWorker) -> None:
        """A pod came."""
        for place in _places(worker.pod):
            self._users.setdefault(place, {})[worker.key] = None

    def remove(self, worker: PodWorker) -> None:
        """A pod is gone."""
        for place in _places(worker.pod):
            users = self._users.get(place)
            if users is not None:
                users.pop(worker.key, None)
                if not users:
                    del self._users[place]

    def _changed(self, event: Event) -> None:
        users = self._users.get((event.resource, event.key.namespace, event.key.name))
        if not users or event.type is EventType.DELETED:
            return
        for key in users:
            worker = self._workers[key]
            if not worker.ended:
                worker.retry()
        if event.resource != _CLAIMS:
            self._stale.update(users)
            if self._timer is None:
                self._timer = self._parts.clock.call_later(REFRESH_SECONDS, self._refresh)

    def _refresh(self) -> None:
        self._timer = None
        stale, self._stale = self._stale, {}
        for key in stale:
            worker = self._workers.get(key)
            if worker is not None:
                worker.refresh()

    def _volume_changed(self, event: Event) -> None:
        if event.type is EventType.DELETED:
            self._parts.volumes.forget(event.key.name)


def _places(pod: Obj) -> list[_Place]:
    namespace = pod["metadata"]["namespace"]
    places = [(reference.resource, namespace, reference.name) for reference in references_of(pod)]
    for volume in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            places.append((_CLAIMS, namespace, volume["persistentVolumeClaim"]["claimName"]))
        elif "ephemeral" in volume:
            places.append((_CLAIMS, namespace, f"{pod['metadata']['name']}-{volume['name']}"))
    return places
