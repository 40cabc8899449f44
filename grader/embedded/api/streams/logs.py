"""`logs`: a container's output as text, whole or followed.

Options as in the API reference, "Pod v1 core", read log of the specified pod.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from grader.embedded.api.context import Call
from grader.embedded.api.streams.pods import kubelets_of
from grader.embedded.clock import parse_timestamp
from grader.embedded.node.runtime import LogLine
from grader.embedded.schema.field_errors import FieldError
from grader.embedded.schema.field_errors import invalid as invalid_field
from grader.embedded.status import bad_request, invalid

_STREAMS = {"All": None, "Stdout": "stdout", "Stderr": "stderr"}


async def logs(call: Call) -> web.StreamResponse:
    """GET of pods/log. Raises ApiError for a container that has no log yet, and for bad options."""
    query = call.request.query
    tail, since, limit = _numbers(call)
    stream = _STREAMS.get(query.get("stream") or "All")
    kubelets = kubelets_of(call)
    source = kubelets.container(*call.key, query.get("container"), previous=call.flag("previous")).logs
    text = _formatter(call.flag("timestamps"))
    chosen = [line for line in source.lines(tail=None if stream else tail, since=since)
              if stream in (None, line.stream)]  # fmt: skip
    if stream and tail is not None:
        chosen = chosen[-tail:] if tail else []
    if not call.flag("follow"):
        return web.Response(body=_cut(b"".join(map(text, chosen)), limit), content_type="text/plain")
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    response.enable_chunked_encoding()
    await response.prepare(call.request)
    left = limit
    try:
        async for line in source.follow(tail=tail, since=since):
            if stream not in (None, line.stream):
                continue
            data = _cut(text(line), left)
            await response.write(data)
            if left is not None:
                left -= len(data)
                if left <= 0:
                    break
        await response.write_eof()
    except (ConnectionError, asyncio.CancelledError):
        pass
    return response


def _numbers(call: Call) -> tuple[int | None, float | None, int | None]:
    """(tail lines, since as cluster time, limit in bytes). Raises ApiError 400, 422."""
    query = call.request.query
    errors: list[FieldError] = []
    values: dict[str, int | None] = {}
    for name, least in (("tailLines", 0), ("sinceSeconds", 1), ("limitBytes", 1)):
        text = query.get(name)
        try:
            values[name] = None if text is None else int(text)
        except ValueError:
            raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
        number = values[name]
        if number is not None and number < least:
            errors.append(invalid_field(name, number, f"must be greater than {'or equal to ' if not least else ''}0"))
    if errors:
        raise invalid("PodLogOptions", "", call.info.name, errors)
    since: float | None = None
    if "sinceTime" in query:
        try:
            since = parse_timestamp(query["sinceTime"])
        except ValueError:
            raise bad_request(f'sinceTime: "{query["sinceTime"]}" is no RFC 3339 time') from None
    elif values["sinceSeconds"] is not None:
        since = call.parts.clock.now() - values["sinceSeconds"]
    return values["tailLines"], since, values["limitBytes"]


def _formatter(timestamps: bool) -> Callable[[LogLine], bytes]:
    def plain(line: LogLine) -> bytes:
        return line.text if line.partial else line.text + b"\n"

    def stamped(line: LogLine) -> bytes:
        moment = datetime.fromtimestamp(line.time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
        return moment.encode() + b" " + plain(line)

    return stamped if timestamps else plain


def _cut(data: bytes, limit: int | None) -> bytes:
    return data if limit is None else data[: max(limit, 0)]
