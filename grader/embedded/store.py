"""The cluster's objects: versions, history, indexes, and who is told of a change.

One revision counter orders every write, as etcd's does; an object's resource version is the revision of
its last write. Readers get shared dictionaries and must not change them. Nothing here knows a kind's rules.
"""

from __future__ import annotations

import builtins
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Protocol

import orjson

from grader.embedded.objects import Key, Obj, key_of


class EventType(StrEnum):
    """What happened to an object, in the words of a watch."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Event:
    """One write. `object` is the state after it (for DELETED: the last state, with the revision of the deletion)."""

    type: EventType
    resource: str
    key: Key
    object: Obj
    old: Obj | None
    revision: int


class Journal(Protocol):
    """Where writes are made durable, in order."""

    def put(self, resource: str, key: Key, revision: int, data: bytes) -> None: ...

    def drop(self, resource: str, key: Key, revision: int) -> None: ...


class HistoryGoneError(Exception):
    """A watch asked for a revision that the history no longer covers."""

    def __init__(self, asked: int, oldest: int) -> None:
        super().__init__(f"too old resource version: {asked} ({oldest})")


class WrongVersionError(Exception):
    """An update that was made from another version than the stored one."""


class AbsentError(Exception):
    """An update or deletion of an object that is not there."""


class _Table:
    """The objects of one resource."""

    __slots__ = ("by_namespace", "encoded")

    def __init__(self) -> None:
        self.by_namespace: dict[str, dict[str, Obj]] = {}
        self.encoded: dict[Key, bytes] = {}


Subscriber = Callable[[Event], None]


class Store:
    """Objects by resource (`deployments.apps`), namespace and name. `history` is how many events watches can replay."""

    def __init__(self, journal: Journal | None = None, *, history: int = 4_096) -> None:
        self.revision = 0
        self._journal = journal
        self._tables: dict[str, _Table] = {}
        self._events: deque[Event] = deque(maxlen=history)
        self._forgotten = 0
        self._subscribers: dict[str, list[Subscriber]] = {}
        self._owned: dict[str, dict[tuple[str, Key], None]] = {}

    def restore(self, records: Iterable[tuple[str, Obj]], revision: int) -> None:
        """Take over objects that a journal kept; history before `revision` is gone."""
        for resource, obj in records:
            self._put(resource, key_of(obj), obj)
        self.revision = revision
        self._forgotten = revision

    @property
    def oldest(self) -> int:
        """The oldest revision from which history is complete."""
        return self._forgotten

    # Reading

    def get(self, resource: str, key: Key) -> Obj | None:
        table = self._tables.get(resource)
        if table is None:
            return None
        names = table.by_namespace.get(key.namespace)
        return None if names is None else names.get(key.name)

    def list(self, resource: str, namespace: str | None = None) -> builtins.list[Obj]:
        """All objects of a resource, or those of one namespace, ordered by namespace and name as etcd orders keys."""
        table = self._tables.get(resource)
        if table is None:
            return []
        spaces = sorted(table.by_namespace) if namespace is None else [namespace]
        return [names[name] for space in spaces if (names := table.by_namespace.get(space)) for name in sorted(names)]

    def each(self, resource: str, namespace: str | None = None) -> Iterator[Obj]:
        """Like `list`, in no order: for controllers that only look."""
        table = self._tables.get(resource)
        if table is not None:
            for space, names in table.by_namespace.items():
                if namespace is None or space == namespace:
                    yield from names.values()

    def count(self, resource: str) -> int:
        table = self._tables.get(resource)
        return sum(len(names) for names in table.by_namespace.values()) if table else 0

    def resources(self) -> builtins.list[str]:
        """The resources that have objects."""
        return [name for name, table in self._tables.items() if table.by_namespace]

    def encoded(self, resource: str, obj: Obj) -> bytes:
        """The JSON text of a stored object; made once for the version that is current, and each time for an old one."""
        key = key_of(obj)
        if self.get(resource, key) is not obj:
            return orjson.dumps(obj)
        cache = self._tables[resource].encoded
        text = cache.get(key)
        if text is None:
            text = cache[key] = orjson.dumps(obj)
        return text

    def owned_by(self, uid: str) -> builtins.list[tuple[str, Obj]]:
        """(resource, object) of everything with an owner reference to `uid`."""
        found = []
        for resource, key in self._owned.get(uid, ()):
            obj = self.get(resource, key)
            if obj is not None:
                found.append((resource, obj))
        return found

    # Writing

    def create(self, resource: str, obj: Obj) -> Obj:
        """Store a new object, which the store then owns. The caller has seen that it is absent."""
        return self._write(EventType.ADDED, resource, obj, None)

    def update(self, resource: str, obj: Obj, expected: str | None = None) -> Obj:
        """Replace an object. `expected` is the resource version it was made from.

        Raises AbsentError and WrongVersionError. A write that changes nothing keeps the revision, as etcd's
        transaction in the API server does.
        """
        old = self.get(resource, key_of(obj))
        if old is None:
            raise AbsentError
        current = old["metadata"]["resourceVersion"]
        if expected and expected != current:
            raise WrongVersionError
        obj["metadata"]["resourceVersion"] = current
        if obj == old:
            return old
        return self._write(EventType.MODIFIED, resource, obj, old)

    def delete(self, resource: str, key: Key) -> Obj:
        """Remove an object; returns its last state with the revision of the deletion. Raises AbsentError."""
        old = self.get(resource, key)
        if old is None:
            raise AbsentError
        self.revision += 1
        last = {**old, "metadata": {**old["metadata"], "resourceVersion": str(self.revision)}}
        table = self._tables[resource]
        names = table.by_namespace[key.namespace]
        del names[key.name]
        if not names:
            del table.by_namespace[key.namespace]
        table.encoded.pop(key, None)
        self._index(resource, key, old, None)
        if self._journal is not None:
            self._journal.drop(resource, key, self.revision)
        self._tell(Event(EventType.DELETED, resource, key, last, old, self.revision))
        return last

    def _write(self, kind: EventType, resource: str, obj: Obj, old: Obj | None) -> Obj:
        self.revision += 1
        obj["metadata"]["resourceVersion"] = str(self.revision)
        key = key_of(obj)
        self._put(resource, key, obj, old)
        if self._journal is not None:
            self._journal.put(resource, key, self.revision, self.encoded(resource, obj))
        self._tell(Event(kind, resource, key, obj, old, self.revision))
        return obj

    def _put(self, resource: str, key: Key, obj: Obj, old: Obj | None = None) -> None:
        table = self._tables.setdefault(resource, _Table())
        table.by_namespace.setdefault(key.namespace, {})[key.name] = obj
        table.encoded.pop(key, None)
        self._index(resource, key, old, obj)

    def _index(self, resource: str, key: Key, old: Obj | None, new: Obj | None) -> None:
        before = old["metadata"].get("ownerReferences") if old else None
        after = new["metadata"].get("ownerReferences") if new else None
        if before == after:
            return
        for owner in before or ():
            owned = self._owned.get(owner["uid"])
            if owned is not None:
                owned.pop((resource, key), None)
                if not owned:
                    del self._owned[owner["uid"]]
        for owner in after or ():
            self._owned.setdefault(owner["uid"], {})[resource, key] = None

    # Telling

    def subscribe(self, resource: str, subscriber: Subscriber) -> Callable[[], None]:
        """Be called, within the write, for every event of a resource (`*`: of all). Returns what ends it.

        A subscriber must return at once and must not write.
        """
        subscribers = self._subscribers.setdefault(resource, [])
        subscribers.append(subscriber)
        return lambda: subscribers.remove(subscriber)

    def since(self, resource: str, revision: int) -> builtins.list[Event]:
        """The events of a resource after `revision`. Raises HistoryGoneError when some are forgotten."""
        if revision < self._forgotten:
            raise HistoryGoneError(revision, self._forgotten)
        start = 0
        if self._events and revision >= self._events[0].revision:
            start = min(revision - self._events[0].revision + 1, len(self._events))
        return [event for event in islice(self._events, start, None) if event.resource == resource]

    def compact(self) -> None:
        """Forget all history: watches from before now answer 410."""
        self._events.clear()
        self._forgotten = self.revision

    def _tell(self, event: Event) -> None:
        if len(self._events) == self._events.maxlen:
            self._forgotten = self._events[0].revision
        self._events.append(event)
        for name in (event.resource, "*"):
            for subscriber in tuple(self._subscribers.get(name, ())):
                subscriber(event)
