"""From a request's body to an object that the verbs can work with."""

from __future__ import annotations

from grader.embedded.api.context import Call
from grader.embedded.api.formats import parse_body
from grader.embedded.api.versions import taken_in
from grader.embedded.objects import Obj
from grader.embedded.schema.decode import DecodeError, decode, decode_body
from grader.embedded.schema.types import TypeInfo
from grader.embedded.status import bad_request


async def read_object(call: Call) -> Obj:
    """The object of a POST or PUT: decoded, in its stored version, in the namespace and under the name of the URL.

    Raises ApiError 400, 415.
    """
    obj = await _read(call, call.parts.operations.type_of(call.resource), call.resource.api_version, call.resource.kind)
    place(call, obj)
    if call.info.name and not call.info.rest:
        _check_name(call, obj)
    return stored_form(call, obj)


async def read_object_as(call: Call, api_version: str, kind: str) -> Obj:
    """The object of another kind that is posted to a subresource. Raises ApiError 400, 415."""
    found = call.parts.operations.schema.kind(api_version, kind)
    assert found is not None
    return await _read(call, found, api_version, kind)


async def _read(call: Call, type_: TypeInfo, api_version: str, kind: str) -> Obj:
    body = await call.request.read()
    obj, text = parse_body(body, call.request.headers.get("Content-Type", ""))
    try:
        decoded = decode_body(
            type_,
            api_version,
            kind,
            obj,
            text,
            call.options().field_validation,
            is_known=lambda version, name: call.parts.resources.of_kind(version, name) is not None,
        )
    except DecodeError as error:
        raise bad_request(str(error)) from error
    call.warnings += decoded.warnings
    return decoded.obj


def decode_as(call: Call, obj: Obj, api_version: str, kind: str) -> Obj:
    """An object that a patch made, decoded as a kind. Raises ApiError 400."""
    found = call.parts.operations.schema.kind(api_version, kind)
    assert found is not None
    try:
        return decode(found, obj, "Ignore").obj
    except DecodeError as error:
        raise bad_request(str(error)) from error


def place(call: Call, obj: Obj) -> None:
    """Put an object into the namespace of the URL. Raises ApiError 400 when it names another."""
    meta = obj.setdefault("metadata", {})
    wanted = call.info.namespace if call.resource.namespaced else ""
    named = meta.get("namespace", "")
    if named and wanted and named != wanted:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    if wanted:
        meta["namespace"] = wanted
    else:
        meta.pop("namespace", None)


def _check_name(call: Call, obj: Obj) -> None:
    name = obj["metadata"].get("name", "")
    if not name:
        obj["metadata"]["name"] = call.info.name
    elif name != call.info.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.info.name})")


def stored_form(call: Call, obj: Obj) -> Obj:
    """A decoded object in the version in which it is kept. Raises ApiError 400."""
    try:
        return taken_in(call.resource, call.storage, obj)
    except ValueError as error:
        raise bad_request(str(error)) from error
