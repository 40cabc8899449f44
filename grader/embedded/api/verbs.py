"""The verbs on objects and collections, from request to response."""

from __future__ import annotations

import base64
import binascii

import orjson
from aiohttp import web

from grader.embedded.api.answers import many, one, respond
from grader.embedded.api.context import Call
from grader.embedded.api.decoding import read_object
from grader.embedded.api.formats import parse_body
from grader.embedded.api.patching import patched
from grader.embedded.machinery.deletion import DeletionRequest, answer
from grader.embedded.machinery.selectors import Selection
from grader.embedded.machinery.strategies import strategy_of
from grader.embedded.objects import Key, Obj, key_of
from grader.embedded.status import ApiError, bad_request, gone, not_found


async def get(call: Call) -> web.Response:
    """One object."""
    return one(call, existing(call))


def existing(call: Call) -> Obj:
    """The named object. Raises ApiError 404."""
    found = call.parts.store.get(call.storage.key, call.key)
    if found is None:
        raise not_found(call.resource.plural, call.resource.group, call.info.name)
    return found


async def list_(call: Call) -> web.Response:
    """A collection, selected and in pages."""
    items = selected(call)
    store = call.parts.store
    metadata: Obj = {"resourceVersion": str(store.revision)}
    limit = _limit(call)
    start = _continued(call)
    if start is not None:
        items = [item for item in items if key_of(item) > start]
    if limit and len(items) > limit:
        metadata["continue"] = _token(store.revision, key_of(items[limit - 1]))
        metadata["remainingItemCount"] = len(items) - limit
        if not selection(call).everything:
            del metadata["remainingItemCount"]
        items = items[:limit]
    return many(call, items, metadata)


def selection(call: Call) -> Selection:
    """The label and field selectors of a request. Raises ApiError 400."""
    query = call.request.query
    custom = call.parts.operations.definitions.selectable(call.resource) if call.resource.custom else None
    return Selection.parse(call.resource.key, query.get("labelSelector", ""), query.get("fieldSelector", ""), custom)


def selected(call: Call) -> list[Obj]:
    """The objects that a request's selectors choose, in order."""
    chosen = selection(call)
    items = call.parts.store.list(call.storage.key, call.namespace)
    return items if chosen.everything else [item for item in items if chosen.matches(item)]


def _limit(call: Call) -> int:
    text = call.request.query.get("limit", "")
    try:
        return max(int(text), 0) if text else 0
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def _token(revision: int, last: Key) -> str:
    return base64.urlsafe_b64encode(orjson.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": list(last)})).decode()


def _continued(call: Call) -> Key | None:
    """Where a continued list goes on. Raises ApiError 410 when its history is gone, 400 for a token that is none."""
    text = call.request.query.get("continue", "")
    if not text:
        return None
    try:
        token = orjson.loads(base64.urlsafe_b64decode(text))
        revision, (namespace, name) = int(token["rv"]), token["start"]
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise bad_request("continue key is not valid: the token was not made by this server") from None
    if revision < call.parts.store.oldest:
        raise gone(
            "The provided continue parameter is too old to display a consistent list result. You can start a new "
            "list without the continue parameter."
        )
    return Key(str(namespace), str(name))


async def create(call: Call) -> web.Response:
    """POST of one object."""
    obj = await read_object(call)
    stored = call.parts.operations.create(call.storage, obj, call.options())
    return one(call, stored, 201)


async def update(call: Call) -> web.Response:
    """PUT of one object or its status; a few kinds are created by it when they are absent."""
    obj = await read_object(call)
    operations = call.parts.operations
    if (
        not call.info.subresource
        and strategy_of(call.storage).create_on_update
        and call.parts.store.get(call.storage.key, call.key) is None
    ):
        return one(call, operations.create(call.storage, obj, call.options()), 201)
    return one(call, operations.update(call.storage, obj, call.options(), call.info.subresource))


async def patch(call: Call) -> web.Response:
    """PATCH of one object or its status, in any of the five forms."""
    body = await call.request.read()
    obj, created = patched(call, body)
    return one(call, obj, 201 if created else 200)


async def delete(call: Call) -> web.Response:
    """DELETE of one object."""
    request = await deletion_request(call)
    operations = call.parts.operations
    obj, removed = operations.delete(call.storage, call.key, call.options(), request)
    found = answer(call.resource, obj, removed)
    if found.get("kind") == "Status":
        return respond(found, warnings=call.warnings)
    waits = not removed and request.propagation in ("Foreground", "Orphan")
    return one(call, found, 202 if waits else 200)


async def deletion_request(call: Call) -> DeletionRequest:
    """DeleteOptions from body and query; the body counts where both say something. Raises ApiError 400."""
    body = await call.request.read()
    query = call.request.query
    options: Obj = {}
    for name in ("propagationPolicy", "gracePeriodSeconds", "orphanDependents"):
        if name in query:
            text = query[name]
            options[name] = text == "true" if name == "orphanDependents" else text
    if body:
        options.update(parse_body(body, call.request.headers.get("Content-Type", ""))[0])
    try:
        return DeletionRequest.from_options(options)
    except (TypeError, ValueError, AttributeError):
        raise bad_request("the DeleteOptions of the request are malformed") from None


async def delete_collection(call: Call) -> web.Response:
    """DELETE of all selected objects; each goes as it would alone."""
    request = await deletion_request(call)
    operations, options = call.parts.operations, call.options()
    items = selected(call)
    last: list[Obj] = []
    for item in items:
        try:
            last.append(operations.delete(call.storage, key_of(item), options, request)[0])
        except ApiError as error:
            if error.code != 404:
                raise
    return many(call, last, {"resourceVersion": str(call.parts.store.revision)})
