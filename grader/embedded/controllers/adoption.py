"""Whose objects are whose: a controller adopts what its selector matches and lets go of what it no longer does.

k8s.io/docs/concepts/workloads/controllers/replicaset, "Non-Template Pod acquisitions".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from grader.embedded.controllers.selection import Matcher, matcher
from grader.embedded.machinery.client import Client
from grader.embedded.objects import Key, Obj, clone, controller_of, is_terminating, key_of, labels_of, owner_reference
from grader.embedded.status import ApiError
from grader.embedded.store import Event, EventType


class Orphans:
    """The objects of one resource that no controller owns, by namespace; followed from their events."""

    def __init__(self, client: Client, resource: str) -> None:
        self.resource = resource
        self._found: dict[str, dict[str, Obj]] = {}
        for obj in client.each(resource):
            if controller_of(obj) is None:
                self._add(obj)
        client.subscribe(resource, self._follow)

    def within(self, namespace: str) -> Iterable[Obj]:
        return list(self._found.get(namespace, {}).values())

    def _add(self, obj: Obj) -> None:
        meta = obj["metadata"]
        self._found.setdefault(meta.get("namespace", ""), {})[meta["name"]] = obj

    def _follow(self, event: Event) -> None:
        if event.type is not EventType.DELETED and controller_of(event.object) is None:
            self._add(event.object)
            return
        names = self._found.get(event.key.namespace)
        if names is not None and names.pop(event.key.name, None) is not None and not names:
            del self._found[event.key.namespace]


def _any(name: str) -> bool:
    return True


def claim(
    client: Client, owner: Obj, matches: Matcher, orphans: Orphans, *, named: Callable[[str], bool] = _any
) -> list[Obj]:
    """The objects that `owner` controls, after adopting matching orphans and releasing those that match no more.

    `named` restricts adoption to some names.
    """
    uid = owner["metadata"]["uid"]
    going = is_terminating(owner)
    kept = []
    for obj in client.owned(owner, orphans.resource):
        reference = controller_of(obj)
        if reference is None or reference["uid"] != uid:
            continue
        if matches(labels_of(obj)):
            kept.append(obj)
        elif not going:
            _release(client, orphans.resource, obj, uid)
    if not going:
        kept.extend(_adopted(client, owner, matches, orphans, named))
    return kept


def _adopted(
    client: Client, owner: Obj, matches: Matcher, orphans: Orphans, named: Callable[[str], bool]
) -> Iterator[Obj]:
    for obj in orphans.within(owner["metadata"]["namespace"]):
        if matches(labels_of(obj)) and not is_terminating(obj) and named(obj["metadata"]["name"]):
            changed = clone(obj)
            changed["metadata"].setdefault("ownerReferences", []).append(owner_reference(owner))
            try:
                yield client.update(orphans.resource, changed)
            except ApiError as error:
                if error.code != 404:
                    raise


def _release(client: Client, resource: str, obj: Obj, uid: str) -> None:
    changed = clone(obj)
    rest = [owner for owner in changed["metadata"]["ownerReferences"] if owner["uid"] != uid]
    changed["metadata"]["ownerReferences"] = rest
    if not rest:
        del changed["metadata"]["ownerReferences"]
    try:
        client.update(resource, changed)
    except ApiError as error:
        if error.code != 404:
            raise


def owners(
    client: Client, resource: str, kind: str, matches: Callable[[Obj], Matcher] | None = None
) -> Callable[[Event], Iterable[Key]]:
    """Maps an event of something owned to the keys of its controlling owners of a kind, now and before.

    `resource` is the owners'; `matches` gives an owner's selector, by which it may want to adopt what nobody owns.
    """

    def mapper(event: Event) -> Iterable[Key]:
        new, old, namespace = event.object, event.old, event.key.namespace
        reference = controller_of(new)
        keys: list[Key] = []
        if reference is not None:
            if reference["kind"] == kind:
                keys.append(Key(namespace, reference["name"]))
        elif matches is not None:
            labels = labels_of(new)
            keys += [key_of(owner) for owner in client.each(resource, namespace) if matches(owner)(labels)]
        if old is not None and old["metadata"].get("ownerReferences") != new["metadata"].get("ownerReferences"):
            former = controller_of(old)
            if former is not None and former["kind"] == kind:
                keys.append(Key(namespace, former["name"]))
        return keys

    return mapper


def selector_matcher(owner: Obj) -> Matcher:
    """The selector in an owner's spec."""
    return matcher(owner["spec"].get("selector"))
