"""The audit log: one JSON line for each write that a client asked for."""

from __future__ import annotations

from pathlib import Path

import orjson
from aiohttp import web

from grader.embedded.api.request import RequestInfo
from grader.embedded.clock import Clock, micro_timestamp
from grader.embedded.requests import User

_LARGEST = 32 * 1024 * 1024


class AuditLog:
    """Appends to a file, line by line; beyond its size the older half is given up."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._file = path.open("ab", buffering=0)

    def note(self, request: web.BaseRequest, info: RequestInfo, user: User, code: int) -> None:
        """Record a write. A full disk loses the line, never the request."""
        line = orjson.dumps(
            {
                "time": micro_timestamp(self._clock.now()),
                "user": user.name,
                "verb": info.verb,
                "group": info.group,
                "resource": info.resource,
                "subresource": info.subresource,
                "namespace": info.namespace,
                "name": info.name,
                "dryRun": "dryRun" in request.query,
                "userAgent": request.headers.get("User-Agent", "")[:200],
                "code": code,
            }
        )
        try:
            self._file.write(line + b"\n")
            if self._file.tell() > _LARGEST:
                self._halve()
        except OSError:
            return

    def close(self) -> None:
        self._file.close()

    def _halve(self) -> None:
        self._file.close()
        kept = self._path.read_bytes()[-_LARGEST // 2 :]
        self._path.write_bytes(kept[kept.index(b"\n") + 1 :])
        self._file = self._path.open("ab", buffering=0)
