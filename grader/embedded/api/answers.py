"""Responses: objects, lists, tables and Statuses as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from aiohttp import web

from grader.embedded.api.context import Call
from grader.embedded.api.tables import render
from grader.embedded.api.versions import converted, is_stored
from grader.embedded.objects import Obj
from grader.embedded.status import ApiError

JSON = "application/json"
_META_ONLY = ("apiVersion", "kind", "metadata")


def respond(data: bytes | Obj, code: int = 200, warnings: Sequence[str] = ()) -> web.Response:
    """A JSON response; each warning becomes a Warning header (RFC 7234), as kubectl prints them."""
    body = data if isinstance(data, bytes) else orjson.dumps(data)
    response = web.Response(body=body, status=code, content_type=JSON)
    for warning in warnings:
        response.headers.add("Warning", f'299 - "{_quoted(warning)}"')
    return response


def refuse(error: ApiError) -> web.Response:
    """The response of an error."""
    response = respond(error.status(), error.code)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    if error.code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="kubernetes"'
    return response


def one(call: Call, obj: Obj, code: int = 200) -> web.Response:
    """An object in the form the client asked for."""
    shape = call.answer.shape
    if not shape:
        return respond(encoded(call, obj), code, call.warnings)
    if shape == "Table":
        return respond(table(call, [obj], obj["metadata"].get("resourceVersion", "")), code, call.warnings)
    return respond(metadata_only(obj), code, call.warnings)


def many(call: Call, items: list[Obj], metadata: Obj) -> web.Response:
    """A list in the form the client asked for. `metadata` has resourceVersion and perhaps continue."""
    shape = call.answer.shape
    if shape == "Table":
        found = table(call, items, metadata["resourceVersion"])
        found["metadata"] = metadata
        return respond(found, warnings=call.warnings)
    if shape:
        partial = {
            "kind": "PartialObjectMetadataList",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata,
            "items": [metadata_only(item) for item in items],
        }
        return respond(partial, warnings=call.warnings)
    head = orjson.dumps(
        {"kind": f"{call.resource.kind}List", "apiVersion": call.resource.api_version, "metadata": metadata}
    )
    body = b",".join([encoded(call, item) for item in items])
    return respond(head[:-1] + b',"items":[' + body + b"]}", warnings=call.warnings)


def encoded(call: Call, obj: Obj) -> bytes:
    """An object's JSON in the version of the request; the stored text where that is the same."""
    if is_stored(call.resource):
        return call.parts.store.encoded(call.storage.key, obj)
    return orjson.dumps(converted(call.resource, obj))


def table(call: Call, items: list[Obj], version: str, *, headers: bool = True) -> Obj:
    """The server-side table of some objects; a watch sends `headers` (the columns) once."""
    columns: list[dict[str, Any]] | None = None
    if call.resource.custom:
        columns = call.parts.operations.definitions.columns(call.resource)
    return render(
        call.storage.key,
        items,
        now=call.parts.clock.now(),
        include=call.request.query.get("includeObject", "Metadata"),
        version=version,
        columns=columns,
        headers=headers,
    )


def metadata_only(obj: Obj) -> Obj:
    """PartialObjectMetadata."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def _quoted(text: str) -> str:
    """Text for a quoted header: no control characters, quotes and backslashes escaped."""
    clean = "".join(c if c.isprintable() else " " for c in text)[:1000]
    return clean.replace("\\", "\\\\").replace('"', '\\"')
