"""Watches as they come over the wire: lines read by a thread, turned into changes, with ticks when nothing happens."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

Obj = dict[str, Any]


class ApiError(Exception):
    """The API server refused. `status` is the HTTP code, `message` its own words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Change:
    """An event of a watch. `kind` is ADDED, MODIFIED or DELETED."""

    kind: str
    object: Obj


def events(response: Any, end: float, tick: float) -> Iterator[Change | None]:
    """Lines of a watch as changes. The socket's own timeout gives the ticks."""
    reader = _Lines(response)
    while time.monotonic() < end:
        line = reader.next(tick)
        if line is None:
            return
        if not line:
            yield None
            continue
        event = json.loads(line)
        if event["type"] == "ERROR":
            raise ApiError(event["object"].get("code", 500), event["object"].get("message", ""))
        if event["type"] != "BOOKMARK":
            yield Change(event["type"], event["object"])


def hang_up(response: Any) -> None:
    """Close a streamed answer at once, though a thread still reads it."""
    with suppress(Exception):  # it may have ended by itself
        response.shutdown()
    response.close()


class _Lines:
    """Lines of a streamed answer, read by a thread so that waiting for the next can be given up without losing any."""

    def __init__(self, response: Any) -> None:

        self._queue: SimpleQueue[bytes | None] = SimpleQueue()

        threading.Thread(target=self._read, args=(response,), daemon=True).start()

    def _read(self, response: Any) -> None:
        rest = b""
        with suppress(Exception):  # a stream that breaks is a stream that ended
            for piece in response.stream(65536):
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    self._queue.put(line)
        self._queue.put(None)

    def next(self, seconds: float) -> bytes | None:
        """The next line, an empty one when none came in time, None at the end."""

        try:
            return self._queue.get(timeout=seconds)
        except Empty:
            return b""
