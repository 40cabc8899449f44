"""One look at a deployment: its replica sets as they are now, and the steps that move them on."""

from __future__ import annotations

from collections.abc import Iterable

from grader.embedded.controllers import conditions
from grader.embedded.controllers.deployment import progress, revisions
from grader.embedded.controllers.deployment.rolling import Limits, Share, Size, grown, limits, proportional, shrunk
from grader.embedded.controllers.hashing import template_hash
from grader.embedded.controllers.pods import has_ended
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Obj, annotations_of, clone, controller_of, key_of, uid_of
from grader.embedded.status import ApiError

_REPLICA_SETS = "replicasets.apps"


def limits_of(deployment: Obj) -> Limits:
    """What a deployment's strategy allows; `Recreate` allows neither surge nor gaps."""
    desired = deployment["spec"].get("replicas", 1)
    strategy = deployment["spec"].get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return Limits(desired, 0, 0)
    rolling = strategy.get("rollingUpdate") or {}
    return limits(desired, rolling.get("maxSurge", "25%"), rolling.get("maxUnavailable", "25%"))


class Rollout:
    """A deployment with its current replica set (`new`), the older ones, and its conditions as they will be written."""

    def __init__(
        self, client: Client, events: EventRecorder, now: float, deployment: Obj, replica_sets: Iterable[Obj]
    ) -> None:
        self._client = client
        self._events = events
        self.now = now
        self.deployment = deployment
        self.new, self.old = revisions.split(deployment, replica_sets)
        self.conditions = list(deployment.get("status", {}).get("conditions") or ())
        self.collisions: int | None = deployment.get("status", {}).get("collisionCount")
        self.bounds = limits_of(deployment)

    @property
    def desired(self) -> int:
        return self.bounds.desired

    @property
    def every(self) -> list[Obj]:
        return [*self.old, self.new] if self.new else list(self.old)

    # Revisions

    def number(self) -> None:
        """Give the current replica set the highest revision, and the deployment the same."""
        if self.new is None:
            return
        changed = clone(self.new)
        annotations = changed["metadata"].setdefault("annotations", {})
        stale = revisions.annotate(self.deployment, annotations, self._next_revision())
        patience = self.deployment["spec"].get("minReadySeconds", 0)
        if stale or patience != self.new["spec"].get("minReadySeconds", 0):
            changed["spec"]["minReadySeconds"] = patience
            self.new = self._client.update(_REPLICA_SETS, changed)
        self._note_revision(annotations[revisions.REVISION])
        if conditions.find(self.conditions, "Progressing") is None:
            self._tell_progress("FoundNewReplicaSet", f'Found new replica set "{self.new["metadata"]["name"]}"')

    def ensure_new(self) -> None:
        """Create the replica set of the current template if it is missing. Raises ApiError, having told of it."""
        if self.new is not None:
            return
        total = sum(_wanted(one) for one in self.old)
        size = self.desired if self._recreates() else grown(0, total, self.bounds)
        revision = self._next_revision()
        self.new, made = self._create(size, revision)
        name = self.new["metadata"]["name"]
        if made and size:
            self._say(f"Scaled up replica set {name} from 0 to {size}")
        self._note_revision(str(revision))
        self._tell_progress("NewReplicaSetCreated", f'Created new replica set "{name}"')

    def _create(self, size: int, revision: int) -> tuple[Obj, bool]:
        """The replica set, and whether it is new; a name that another one has leads to another hash."""
        while True:
            digest = template_hash(self.deployment["spec"]["template"], self.collisions)
            wanted = revisions.new_replica_set(self.deployment, digest, revision, size, self.bounds.ceiling)
            namespace, name = key_of(wanted)
            known = self._client.get(_REPLICA_SETS, namespace, name)
            if known is None:
                try:
                    return self._client.create(_REPLICA_SETS, wanted), True
                except ApiError as error:
                    self._cannot_create(name, error)
                    raise
            owner = controller_of(known)
            mine = owner is not None and owner["uid"] == uid_of(self.deployment)
            if mine and revisions.same_template(known, self.deployment["spec"]["template"]):
                return known, False
            self.collisions = (self.collisions or 0) + 1

    def _cannot_create(self, name: str, error: ApiError) -> None:
        text = f'Failed to create new replica set "{name}": {error}'
        failed = progress.condition("Progressing", "False", "ReplicaSetCreateError", text, self.now)
        conditions.put(self.conditions, failed)
        self._events.event(self.deployment, "Warning", "ReplicaSetCreateError", text)

    def _next_revision(self) -> int:
        return max((revisions.revision_of(one) for one in self.old), default=0) + 1

    def _note_revision(self, revision: str) -> None:
        if annotations_of(self.deployment).get(revisions.REVISION) == revision:
            return
        changed = clone(self.deployment)
        changed["metadata"].setdefault("annotations", {})[revisions.REVISION] = revision
        self.deployment = self._client.update("deployments.apps", changed)

    def _tell_progress(self, reason: str, text: str) -> None:
        if progress.deadline_of(self.deployment) is not None:
            conditions.put(self.conditions, progress.condition("Progressing", "True", reason, text, self.now))

    # Scaling

    def is_rescaled(self) -> bool:
        """Whether the deployment's size was changed since its replica sets were last sized."""
        noted = (annotations_of(one).get(revisions.DESIRED) for one in self.every if _wanted(one))
        return any(text is not None and text != str(self.desired) for text in noted)

    def rescale(self) -> None:
        """Bring the replica sets to the deployment's size without moving a rollout on."""
        active = [one for one in self.every if _wanted(one)]
        if len(active) <= 1:
            only = active[0] if active else self.new or (self.old[-1] if self.old else None)
            if only is not None:
                self._resize(only, self.desired, quiet_if_equal=True)
        elif self._is_saturated():
            for one in [one for one in self.old if _wanted(one)]:
                self._resize(one, 0)
        elif not self._recreates():
            growing = self.bounds.ceiling > sum(_wanted(one) for one in active)
            active.sort(key=revisions.age_of, reverse=growing)
            active.sort(key=_wanted, reverse=True)
            shares = [Share(_wanted(one), _ceiling(one)) for one in active]
            sizes = proportional(shares, self.bounds, self.deployment.get("status", {}).get("replicas", 0))
            for one, size in zip(active, sizes, strict=True):
                self._resize(one, size)

    def _is_saturated(self) -> bool:
        new = self.new
        if new is None or annotations_of(new).get(revisions.DESIRED) != str(self.desired):
            return False
        available: int = new.get("status", {}).get("availableReplicas", 0)
        return _wanted(new) == self.desired == available

    def _resize(self, replica_set: Obj, size: int, *, quiet_if_equal: bool = False) -> None:
        """Ask a replica set for a number of pods, and note for what size of the deployment that was."""
        before = _wanted(replica_set)
        if quiet_if_equal and size == before:
            return
        noted = {revisions.DESIRED: str(self.desired), revisions.MOST: str(self.bounds.ceiling)}
        annotations = annotations_of(replica_set)
        if size == before and all(annotations.get(key) == value for key, value in noted.items()):
            return
        changed = clone(replica_set)
        changed["spec"]["replicas"] = size
        changed["metadata"].setdefault("annotations", {}).update(noted)
        self._replace(replica_set, self._client.update(_REPLICA_SETS, changed))
        if size != before:
            way = "up" if size > before else "down"
            self._say(f"Scaled {way} replica set {changed['metadata']['name']} from {before} to {size}")

    def _replace(self, before: Obj, after: Obj) -> None:
        if before is self.new:
            self.new = after
        else:
            self.old[self.old.index(before)] = after

    # Strategies

    def roll(self) -> None:
        """One step of a rolling update: first more new pods, else fewer old ones."""
        self.ensure_new()
        new = self.new
        if new is None:
            return
        size = grown(_wanted(new), sum(_wanted(one) for one in self.every), self.bounds)
        if size != _wanted(new):
            self._resize(new, size)
            return
        sizes = shrunk([_size(one) for one in self.old], _size(new), self.bounds)
        for one, smaller in zip(list(self.old), sizes, strict=True):
            if smaller != _wanted(one):
                self._resize(one, smaller)

    def recreate(self) -> None:
        """One step of a recreation: all old pods go, and when the last has ended the new ones come."""
        active = [one for one in self.old if _wanted(one)]
        for one in active:
            self._resize(one, 0)
        if active or self._old_pods_run():
            return
        self.ensure_new()
        if self.new is not None:
            self._resize(self.new, self.desired, quiet_if_equal=True)

    def _old_pods_run(self) -> bool:
        return any(
            one.get("status", {}).get("replicas") or any(not has_ended(p) for p in self._client.owned(one, "pods"))
            for one in self.old
        )

    def forget(self) -> None:
        """Delete old replica sets beyond the revision history limit."""
        limit = self.deployment["spec"].get("revisionHistoryLimit", 10)
        for one in revisions.to_forget(self.old, limit):
            meta = one["metadata"]
            self._client.delete(_REPLICA_SETS, meta["namespace"], meta["name"], uid=meta["uid"])
            self.old.remove(one)

    def _recreates(self) -> bool:
        return bool((self.deployment["spec"].get("strategy") or {}).get("type") == "Recreate")

    def _say(self, text: str) -> None:
        self._events.event(self.deployment, "Normal", "ScalingReplicaSet", text)


def _wanted(replica_set: Obj) -> int:
    wanted: int = replica_set["spec"].get("replicas", 1)
    return wanted


def _size(replica_set: Obj) -> Size:
    return Size(_wanted(replica_set), replica_set.get("status", {}).get("availableReplicas", 0))


def _ceiling(replica_set: Obj) -> int:
    text = annotations_of(replica_set).get(revisions.MOST, "")
    return int(text) if text.isdigit() else 0
