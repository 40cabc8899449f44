"""PATCH: from a request's patch to the object that is stored.

A patch works on the object in the version of the request; what it makes goes the way of every update.
"""

from __future__ import annotations

from grader.embedded.api.context import Call
from grader.embedded.api.decoding import place, stored_form
from grader.embedded.api.formats import parse_yaml
from grader.embedded.api.versions import converted
from grader.embedded.clock import timestamp
from grader.embedded.machinery.patch import (
    APPLY,
    Application,
    PatchError,
    apply_patch,
    decode_patched,
    server_side_apply,
)
from grader.embedded.machinery.strategies import strategy_of
from grader.embedded.objects import Obj
from grader.embedded.status import ApiError, bad_request, conflict, not_found


def patched(call: Call, body: bytes) -> tuple[Obj, bool]:
    """Patch the named object; it, and whether the patch created it (server-side apply may). Raises ApiError."""
    current = call.parts.store.get(call.storage.key, call.key)
    try:
        if _media_type(call) == APPLY:
            return _applied(call, current, body)
        if current is None:
            raise not_found(call.resource.plural, call.resource.group, call.info.name)
        return _merged(call, current, body), False
    except PatchError as error:
        raise _refusal(call, error) from error


def apply_to(call: Call, view: Obj, body: bytes, api_version: str, kind: str) -> Obj:
    """What a patch makes of a view of another kind, such as a Scale. Raises ApiError."""
    type_ = call.parts.operations.schema.kind(api_version, kind)
    assert type_ is not None
    try:
        if _media_type(call) == APPLY:
            return {**view, **parse_yaml(body)}
        return apply_patch(_media_type(call), view, body, type_)
    except PatchError as error:
        raise _refusal(call, error) from error


def _media_type(call: Call) -> str:
    media = call.request.headers.get("Content-Type", "").partition(";")[0].strip()
    return APPLY if media == "application/apply-patch+cbor" else media


def _merged(call: Call, current: Obj, body: bytes) -> Obj:
    type_ = call.parts.operations.type_of(call.resource)
    options = call.options()
    media = _media_type(call)
    result = apply_patch(media, converted(call.resource, current), body, type_)
    decoded = decode_patched(media, result, body, type_, options.field_validation)
    call.warnings += decoded.warnings
    obj = _identified(call, decoded.obj, current)
    return call.parts.operations.update(call.storage, obj, options, call.info.subresource)


def _identified(call: Call, obj: Obj, current: Obj) -> Obj:
    """The patched object is still the one it was. Raises ApiError for a patch that renames it."""
    meta = obj.setdefault("metadata", {})
    was = current["metadata"]
    if meta.get("name", was["name"]) != was["name"]:
        raise bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({was['name']})")
    meta["name"] = was["name"]
    place(call, obj)
    if not meta.get("resourceVersion"):
        meta["resourceVersion"] = was["resourceVersion"]
    obj["apiVersion"], obj["kind"] = call.resource.api_version, call.resource.kind
    return stored_form(call, obj)


def _applied(call: Call, current: Obj | None, body: bytes) -> tuple[Obj, bool]:
    """Server-side apply (k8s.io/docs/reference/using-api/server-side-apply)."""
    manager = call.request.query.get("fieldManager", "")
    if not manager:
        raise ApiError(
            422,
            "Invalid",
            'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
        )
    operations = call.parts.operations
    type_ = operations.type_of(call.resource)
    applied = _configuration(call, body)
    how = Application(
        manager=manager,
        api_version=call.resource.api_version,
        time=timestamp(call.parts.clock.now()),
        subresource=call.info.subresource,
        force=call.flag("force"),
        resets_status=strategy_of(call.storage).status,
    )
    live = None if current is None else converted(call.resource, current)
    result = server_side_apply(type_, live, applied, how)
    managed = result["metadata"].get("managedFields")
    obj = decode_patched(APPLY, result, body, type_, "Ignore").obj
    obj["apiVersion"], obj["kind"] = call.resource.api_version, call.resource.kind
    obj["metadata"]["managedFields"] = managed
    place(call, obj)
    options = call.options(tracked=False)
    if current is None:
        if call.info.subresource:
            raise not_found(call.resource.plural, call.resource.group, call.info.name)
        return operations.create(call.storage, stored_form(call, obj), options), True
    obj["metadata"].setdefault("resourceVersion", current["metadata"]["resourceVersion"])
    return operations.update(call.storage, stored_form(call, obj), options, call.info.subresource), False


def _configuration(call: Call, body: bytes) -> Obj:
    """The applied configuration; whether its fields fit is for the apply to say. Raises ApiError 400."""
    resource = call.resource
    obj = parse_yaml(body)
    if not isinstance(obj, dict) or not obj.get("apiVersion") or not obj.get("kind"):
        raise bad_request("Object 'Kind' is missing in the applied configuration: write apiVersion and kind")
    if (obj["apiVersion"], obj["kind"]) != (resource.api_version, resource.kind):
        raise bad_request(
            f"the applied configuration is a {obj['kind']} of {obj['apiVersion']}, "
            f"the URL is of a {resource.kind} of {resource.api_version}"
        )
    meta = obj.setdefault("metadata", {})
    if not isinstance(meta, dict):
        raise bad_request("metadata of the applied configuration is no object")
    if meta.get("name", call.info.name) != call.info.name:
        raise bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL ({call.info.name})"
        )
    if meta.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    meta["name"] = call.info.name
    place(call, obj)
    return obj


def _refusal(call: Call, error: PatchError) -> ApiError:
    if error.code == 409 and not error.details:
        return conflict(call.resource.plural, call.resource.group, call.info.name, error.message)
    return ApiError(error.code, error.reason, error.message, error.details)
