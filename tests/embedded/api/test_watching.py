"""Watches."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import ClientResponse

from .conftest import CORE, Api

MAPS = f"{CORE}/configmaps"


async def _next(stream: ClientResponse) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(await stream.content.readline())
    return event


async def test_a_watch_without_a_version_begins_with_what_is_there(api: Api) -> None:
    await api.create("ConfigMap", "a", metadata={"labels": {"w": "1"}})
    stream = await api.open(f"{MAPS}?watch=1&labelSelector=w")
    first = await _next(stream)
    assert (first["type"], first["object"]["metadata"]["name"]) == ("ADDED", "a")
    await api.create("ConfigMap", "b", metadata={"labels": {"w": "1"}})
    assert (await _next(stream))["object"]["metadata"]["name"] == "b"
    stream.close()


async def test_initial_events_end_with_an_annotated_bookmark(api: Api) -> None:
    query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=w"
    await api.create("ConfigMap", "a", metadata={"labels": {"w": "1"}})
    stream = await api.open(f"{MAPS}?{query}")
    assert (await _next(stream))["type"] == "ADDED"
    bookmark = await _next(stream)
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    stream.close()


async def test_a_watch_from_a_version_replays_what_came_after_it(api: Api) -> None:
    first = await api.create("ConfigMap", "a")
    await api.create("ConfigMap", "b")
    await api.ask("DELETE", f"{MAPS}/b", code=200)
    stream = await api.open(f"{MAPS}?watch=1&resourceVersion={first['metadata']['resourceVersion']}")
    assert [(await _next(stream))["type"] for _ in range(2)] == ["ADDED", "DELETED"]
    stream.close()


async def test_an_object_that_begins_or_ceases_to_match_is_added_or_deleted(api: Api) -> None:
    await api.create("ConfigMap", "a", metadata={"labels": {"w": "no"}})
    version = (await api.ask("GET", MAPS))["metadata"]["resourceVersion"]
    stream = await api.open(f"{MAPS}?watch=1&resourceVersion={version}&labelSelector=w%3Dyes")
    for value in ("yes", "yes", "no"):
        body = {"metadata": {"labels": {"w": value}, "annotations": {"at": value + version}}}
        await api.ask("PATCH", f"{MAPS}/a", body, Content_Type="application/merge-patch+json")
        version += "x"
    assert [(await _next(stream))["type"] for _ in range(3)] == ["ADDED", "MODIFIED", "DELETED"]
    stream.close()


async def test_a_version_that_history_has_forgotten_is_gone(api: Api) -> None:
    api.cluster.store.compact()
    found = await api.ask("GET", f"{MAPS}?watch=1&resourceVersion=1", code=410)
    assert found["reason"] == "Expired"


async def test_a_watch_ends_when_its_time_is_up(api: Api) -> None:
    stream = await api.open(f"{MAPS}?watch=1&timeoutSeconds=0.05&labelSelector=none")
    assert await stream.content.read() == b""


async def test_a_table_watch_sends_rows(api: Api) -> None:
    await api.create("ConfigMap", "a", metadata={"labels": {"w": "1"}})
    stream = await api.open(f"{MAPS}?watch=1&labelSelector=w", Accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    event = await _next(stream)
    assert event["object"]["kind"] == "Table"
    assert event["object"]["rows"][0]["cells"][0] == "a"
    stream.close()
