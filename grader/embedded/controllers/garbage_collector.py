"""The garbage collector: what nobody owns any more goes.

k8s.io/docs/concepts/architecture/garbage-collection: dependents of a deleted owner go in the background; an owner
deleted in the foreground waits for those that block it; one deleted with `orphan` gives its dependents free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from grader.embedded.controllers.base import Controller, Mapper
from grader.embedded.objects import Key, Obj, clone, is_terminating
from grader.embedded.status import ApiError
from grader.embedded.store import Event, EventType

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
_SEPARATOR = " "


def _item(resource: str, key: Key) -> Key:
    """A key that says of which resource its object is: the collector looks after all of them."""
    return Key(key.namespace, f"{resource}{_SEPARATOR}{key.name}")


class GarbageCollector(Controller):
    """Follows owner references over all resources."""

    name = "garbage-collector-controller"

    def watches(self) -> Mapping[str, Mapper]:
        return {"*": self._changed}

    def resync(self) -> Iterable[Key]:
        for resource in self.client.resources():
            for obj in self.client.each(resource):
                meta = obj["metadata"]
                if meta.get("ownerReferences") or meta.get("finalizers"):
                    yield _item(resource, Key(meta.get("namespace", ""), meta["name"]))

    def _changed(self, event: Event) -> Iterable[Key]:
        meta = event.object["metadata"]
        if event.type is EventType.DELETED:
            for resource, dependent in self.client.dependents(meta["uid"]):
                inner = dependent["metadata"]
                yield _item(resource, Key(inner.get("namespace", ""), inner["name"]))
            yield from self._waiting_owners(event)
            return
        references = meta.get("ownerReferences")
        before = event.old["metadata"].get("ownerReferences") if event.old is not None else None
        if references != before:
            if before:
                yield from self._waiting_owners(event)
            if references and not all(self._lives(r, event.key.namespace) for r in references):
                yield _item(event.resource, event.key)
        elif "deletionTimestamp" in meta and meta.get("finalizers"):
            yield _item(event.resource, event.key)

    def _waiting_owners(self, event: Event) -> Iterable[Key]:
        """Owners that may have waited for an object that is gone, or that is theirs no more."""
        for reference in (event.old or event.object)["metadata"].get("ownerReferences") or ():
            resource = self.client.resource_of(reference["apiVersion"], reference["kind"])
            if resource is not None:
                namespace = event.key.namespace if self.client.is_namespaced(resource) else ""
                yield _item(resource, Key(namespace, reference["name"]))

    def reconcile(self, key: Key) -> float | None:
        resource, _, name = key.name.partition(_SEPARATOR)
        obj = self.client.get(resource, key.namespace, name)
        if obj is None:
            return None
        finalizers = obj["metadata"].get("finalizers") or ()
        if is_terminating(obj):
            if ORPHAN in finalizers:
                self._orphan(resource, obj)
            elif FOREGROUND in finalizers:
                self._wait_for_dependents(resource, obj)
            return None
        if obj["metadata"].get("ownerReferences"):
            self._look_at_owners(resource, obj)
        return None

    # An owner that is going

    def _orphan(self, resource: str, owner: Obj) -> None:
        for kind, dependent in self.client.dependents(owner["metadata"]["uid"]):
            self._let_go(kind, dependent, {owner["metadata"]["uid"]})
        self._drop_finalizer(resource, owner, ORPHAN)

    def _wait_for_dependents(self, resource: str, owner: Obj) -> None:
        uid = owner["metadata"]["uid"]
        dependents = self.client.dependents(uid)
        for kind, dependent in dependents:
            if not is_terminating(dependent):
                self._look_at_owners(kind, dependent)
        if not any(_blocks(dependent, uid) for _, dependent in self.client.dependents(uid)):
            self._drop_finalizer(resource, owner, FOREGROUND)

    def _drop_finalizer(self, resource: str, obj: Obj, finalizer: str) -> None:
        meta = obj["metadata"]
        current = self.client.get(resource, meta.get("namespace", ""), meta["name"])
        if current is None or current["metadata"]["uid"] != meta["uid"]:
            return
        changed = clone(current)
        changed["metadata"]["finalizers"] = [f for f in changed["metadata"]["finalizers"] if f != finalizer]
        self.client.update(resource, changed)

    # A dependent

    def _look_at_owners(self, resource: str, obj: Obj) -> None:
        """Delete an object without living owners; cut its references to dead ones if others live."""
        meta = obj["metadata"]
        living, dead, waiting = [], [], []
        for reference in meta["ownerReferences"]:
            owner = self._owner(reference, meta.get("namespace", ""))
            if owner is None:
                dead.append(reference)
            elif is_terminating(owner) and FOREGROUND in (owner["metadata"].get("finalizers") or ()):
                waiting.append(reference)
            else:
                living.append(reference)
        if living:
            self._let_go(resource, obj, {reference["uid"] for reference in dead + waiting})
        elif dead or waiting:
            has_own = bool(self.client.dependents(meta["uid"]))
            self._delete(resource, obj, "Foreground" if waiting and has_own else _policy_of(obj))

    def _owner(self, reference: Obj, namespace: str) -> Obj | None:
        """The owner itself, None when it is gone or never was. A kind nobody serves counts as living."""
        resource = self.client.resource_of(reference["apiVersion"], reference["kind"])
        if resource is None:
            return {"metadata": {"uid": reference["uid"]}}
        place = namespace if self.client.is_namespaced(resource) else ""
        owner = self.client.get(resource, place, reference["name"])
        return owner if owner is not None and owner["metadata"]["uid"] == reference["uid"] else None

    def _lives(self, reference: Obj, namespace: str) -> bool:
        """Whether an owner is there and does not wait for its dependents to go."""
        owner = self._owner(reference, namespace)
        return owner is not None and not is_terminating(owner)

    def _let_go(self, resource: str, obj: Obj, uids: set[str]) -> None:
        """Cut an object's references to owners."""
        rest = [r for r in obj["metadata"]["ownerReferences"] if r["uid"] not in uids]
        if len(rest) == len(obj["metadata"]["ownerReferences"]):
            return
        changed = clone(obj)
        changed["metadata"]["ownerReferences"] = rest
        self.client.update(resource, changed)

    def _delete(self, resource: str, obj: Obj, propagation: str) -> None:
        meta = obj["metadata"]
        try:
            self.client.delete(
                resource, meta.get("namespace", ""), meta["name"], uid=meta["uid"], propagation=propagation
            )
        except ApiError as error:
            if error.code != 409:
                raise


def _policy_of(obj: Obj) -> str:
    """How an object's own dependents are treated: as its finalizers already say, else in the background."""
    finalizers = obj["metadata"].get("finalizers") or ()
    if ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if FOREGROUND in finalizers else "Background"


def _blocks(dependent: Obj, uid: str) -> bool:
    references = dependent["metadata"].get("ownerReferences") or ()
    return any(r["uid"] == uid and r.get("blockOwnerDeletion") for r in references)
