"""The store: revisions, history, indexes, and what it promises to watchers."""

from __future__ import annotations

import pytest

from grader.embedded.objects import Key, Obj
from grader.embedded.store import AbsentError, Event, EventType, HistoryGoneError, Store, WrongVersionError


def pod(name: str, namespace: str = "default", **metadata: object) -> Obj:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, **metadata}}


def test_every_write_gets_the_next_revision() -> None:
    store = Store()
    first = store.create("pods", pod("a"))
    second = store.create("pods", pod("b"))
    assert (first["metadata"]["resourceVersion"], second["metadata"]["resourceVersion"]) == ("1", "2")


def test_objects_are_listed_by_namespace_and_name() -> None:
    store = Store()
    for name, namespace in (("b", "y"), ("c", "x"), ("a", "y")):
        store.create("pods", pod(name, namespace))
    listed = [(p["metadata"]["namespace"], p["metadata"]["name"]) for p in store.list("pods")]
    assert listed == [("x", "c"), ("y", "a"), ("y", "b")]
    assert [p["metadata"]["name"] for p in store.list("pods", "x")] == ["c"]


def test_an_update_from_an_old_version_is_refused() -> None:
    store = Store()
    store.create("pods", pod("a"))
    store.update("pods", pod("a", labels={"x": "1"}), expected="1")
    with pytest.raises(WrongVersionError):
        store.update("pods", pod("a", labels={"x": "2"}), expected="1")


def test_an_update_that_changes_nothing_keeps_the_revision_and_tells_nobody() -> None:
    store = Store()
    store.create("pods", pod("a"))
    seen: list[Event] = []
    store.subscribe("pods", seen.append)
    store.update("pods", pod("a"))
    assert store.revision == 1
    assert seen == []


def test_updating_or_deleting_what_is_absent_is_an_error() -> None:
    store = Store()
    with pytest.raises(AbsentError):
        store.update("pods", pod("a"))
    with pytest.raises(AbsentError):
        store.delete("pods", Key("default", "a"))


def test_a_deletion_is_told_with_its_own_revision() -> None:
    store = Store()
    store.create("pods", pod("a"))
    seen: list[Event] = []
    store.subscribe("pods", seen.append)
    store.delete("pods", Key("default", "a"))
    assert [(e.type, e.object["metadata"]["resourceVersion"]) for e in seen] == [(EventType.DELETED, "2")]
    assert store.get("pods", Key("default", "a")) is None


def test_history_replays_what_came_after_a_revision() -> None:
    store = Store()
    for name in "abc":
        store.create("pods", pod(name))
    store.create("services", pod("s"))
    assert [e.key.name for e in store.since("pods", 1)] == ["b", "c"]
    assert store.since("pods", 4) == []


def test_history_that_is_forgotten_is_said_to_be_gone() -> None:
    store = Store(history=2)
    for name in "abcd":
        store.create("pods", pod(name))
    assert [e.key.name for e in store.since("pods", 2)] == ["c", "d"]
    with pytest.raises(HistoryGoneError):
        store.since("pods", 1)


def test_a_restored_store_has_no_history_before_its_revision() -> None:
    store = Store()
    store.restore([("pods", pod("a", resourceVersion="7"))], 9)
    with pytest.raises(HistoryGoneError):
        store.since("pods", 8)
    assert store.create("pods", pod("b"))["metadata"]["resourceVersion"] == "10"


def test_owned_objects_are_found_by_their_owners_uid_and_forgotten_with_the_reference() -> None:
    store = Store()
    store.create("pods", pod("a", ownerReferences=[{"uid": "u"}]))
    assert [obj["metadata"]["name"] for _, obj in store.owned_by("u")] == ["a"]
    store.update("pods", pod("a"))
    assert store.owned_by("u") == []


def test_encoded_text_follows_the_object() -> None:
    store = Store()
    created = store.create("pods", pod("a"))
    before = store.encoded("pods", created)
    changed = store.update("pods", pod("a", labels={"x": "1"}))
    assert b'"x":"1"' in store.encoded("pods", changed)
    assert b"labels" not in before
