"""Watches: newline-delimited events of a collection, from any version that history still covers.

k8s.io/docs/reference/using-api/api-concepts, "Efficient detection of changes" and "Streaming lists".
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import orjson
from aiohttp import web

from grader.embedded.api.answers import encoded, metadata_only, table
from grader.embedded.api.context import Call
from grader.embedded.api.verbs import selection
from grader.embedded.objects import Obj
from grader.embedded.status import ApiError, bad_request, gone
from grader.embedded.store import Event, EventType, HistoryGoneError

_BOOKMARK_EVERY = 60.0
_LONGEST = 3600.0
_SHORT = 300.0
_BACKLOG = 20_000
_INITIAL_EVENTS_END = "k8s.io/initial-events-end"


async def watch(call: Call) -> web.StreamResponse:
    """The events of a collection until the client leaves, time is up, or it falls too far behind."""
    watcher = _Watcher(call)
    events = watcher.begin()
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Cache-Control": "no-cache, private"})
    response.enable_chunked_encoding()
    try:
        await response.prepare(call.request)
        await watcher.run(response, events)
    except (ConnectionError, asyncio.CancelledError):
        pass
    finally:
        watcher.end()
    return response


def _nothing() -> None:
    """Not subscribed."""


class _Watcher:
    """One client's watch."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._chosen = selection(call)
        name = call.info.name
        self._name = name if name else None
        self._pending: deque[Event] = deque()
        self._wake = asyncio.Event()
        self._fell_behind = False
        self._over = False
        self._has_columns = False
        self._unsubscribe: Callable[[], None] = _nothing

    def begin(self) -> list[bytes]:
        """Subscribe, and the lines that come first: replayed history or the objects there are. Raises ApiError."""
        query = self._call.request.query
        store = self._call.parts.store
        initial = query.get("sendInitialEvents")
        match = query.get("resourceVersionMatch")
        if initial is not None and match != "NotOlderThan":
            raise bad_request(
                'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires '
                "setting resourceVersionMatch to NotOlderThan"
            )
        version = query.get("resourceVersion", "")
        try:
            revision = int(version) if version else 0
        except ValueError:
            raise bad_request(f'Invalid value for resourceVersion: "{version}"') from None
        self._unsubscribe = store.subscribe(self._call.storage.key, self._note)
        try:
            if initial == "true" or (revision == 0 and initial is None):
                lines = self._existing()
                if initial == "true" and self._call.flag("allowWatchBookmarks"):
                    lines.append(self._bookmark(initial_end=True))
                return lines
            return [line for event in self._history(revision) for line in self._lines(event)]
        except ApiError:
            self.end()
            raise

    def end(self) -> None:
        self._unsubscribe()
        self._unsubscribe = _nothing

    async def run(self, response: web.StreamResponse, lines: list[bytes]) -> None:
        """Write the first lines, then events as they come.

        A short watch is somebody who waits, and waits in the cluster's time. A long one is an informer that would only
        list again: a clock that runs ahead must not run for it.
        """
        if self._seconds() >= _SHORT:
            await self._serve(response, lines)
            return
        timer = self._call.parts.clock.call_later(self._seconds(), self._finish)
        try:
            await self._serve(response, lines)
        finally:
            timer.cancel()

    def _finish(self) -> None:
        self._over = True
        self._wake.set()

    async def _serve(self, response: web.StreamResponse, lines: list[bytes]) -> None:
        loop = asyncio.get_running_loop()
        finish = loop.time() + self._seconds()
        bookmarks = self._call.flag("allowWatchBookmarks")
        bookmark_at = loop.time() + _BOOKMARK_EVERY
        if lines:
            await response.write(b"".join(lines))
        while (left := finish - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(left, max(bookmark_at - loop.time(), 0.01))):
                    await self._wake.wait()
            except TimeoutError:
                if bookmarks and loop.time() >= bookmark_at:
                    bookmark_at = loop.time() + _BOOKMARK_EVERY
                    await response.write(self._bookmark())
                continue
            self._wake.clear()
            lines = []
            while self._pending:
                lines.extend(self._lines(self._pending.popleft()))
            if self._fell_behind:
                lines.append(self._error(gone("too old resource version: the watch fell behind; list again")))
            if lines:
                await response.write(b"".join(lines))
            if self._fell_behind:
                return
            if self._over:
                break
        await response.write_eof()

    def _seconds(self) -> float:
        text = self._call.request.query.get("timeoutSeconds", "")
        try:
            return min(float(text), _LONGEST) if text else _LONGEST
        except ValueError:
            return _LONGEST

    def _note(self, event: Event) -> None:
        """Called within a write."""
        if self._call.namespace is not None and event.key.namespace != self._call.namespace:
            return
        if len(self._pending) >= _BACKLOG:
            self._pending.clear()
            self._fell_behind = True
        elif not self._fell_behind:
            self._pending.append(event)
        self._wake.set()

    def _existing(self) -> list[bytes]:
        items = self._call.parts.store.list(self._call.storage.key, self._call.namespace)
        return [self._line("ADDED", item) for item in items if self._wanted(item)]

    def _history(self, revision: int) -> list[Event]:
        try:
            events = self._call.parts.store.since(self._call.storage.key, revision)
        except HistoryGoneError as error:
            raise gone(str(error)) from error
        space = self._call.namespace
        return [event for event in events if space is None or event.key.namespace == space]

    def _wanted(self, obj: Obj) -> bool:
        if self._name is not None and obj["metadata"]["name"] != self._name:
            return False
        return self._chosen.everything or self._chosen.matches(obj)

    def _lines(self, event: Event) -> list[bytes]:
        """What a selector makes of an event: an object that begins to match is added, one that ceases is deleted."""
        now = event.type is not EventType.DELETED and self._wanted(event.object)
        before = event.old is not None and self._wanted(event.old)
        if now:
            return [self._line("MODIFIED" if before else "ADDED", event.object)]
        if not before:
            return []
        gone_object = event.object
        if event.type is not EventType.DELETED and event.old is not None:
            version = event.object["metadata"]["resourceVersion"]
            gone_object = {**event.old, "metadata": {**event.old["metadata"], "resourceVersion": version}}
        return [self._line("DELETED", gone_object)]

    def _line(self, kind: str, obj: Obj) -> bytes:
        shape = self._call.answer.shape
        if not shape:
            body = encoded(self._call, obj)
        elif shape == "Table":
            version = obj["metadata"]["resourceVersion"]
            body = orjson.dumps(table(self._call, [obj], version, headers=not self._has_columns))
            self._has_columns = True
        else:
            body = orjson.dumps(metadata_only(obj))
        return b'{"type":"' + kind.encode() + b'","object":' + body + b"}\n"

    def _bookmark(self, initial_end: bool = False) -> bytes:
        metadata: Obj = {"resourceVersion": str(self._call.parts.store.revision), "creationTimestamp": None}
        if initial_end:
            metadata["annotations"] = {_INITIAL_EVENTS_END: "true"}
        resource = self._call.resource
        obj: Obj = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}
        if self._call.answer.shape == "Table":
            obj = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
                   "columnDefinitions": [], "rows": [{"cells": [], "object": obj}]}  # fmt: skip
        return orjson.dumps({"type": "BOOKMARK", "object": obj}) + b"\n"

    @staticmethod
    def _error(error: ApiError) -> bytes:
        return orjson.dumps({"type": "ERROR", "object": error.status()}) + b"\n"
