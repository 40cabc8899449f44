"""Patches: the four ways a client changes part of an object, and who owns which fields afterwards.

Pure functions over objects and the type tables. Nothing here knows HTTP, the store or admission: what a patch
makes of an object goes the way of every update.
"""

from __future__ import annotations

from typing import Any

import orjson

from grader.embedded.machinery.patch.apply import Application, server_side_apply
from grader.embedded.machinery.patch.conversion import conversion_error
from grader.embedded.machinery.patch.errors import PatchError, bad_request, invalid_result
from grader.embedded.machinery.patch.json_patch import apply_json_patch
from grader.embedded.machinery.patch.managed_fields import track_update
from grader.embedded.machinery.patch.merge_patch import apply_merge_patch
from grader.embedded.machinery.patch.misfits import go_text
from grader.embedded.machinery.patch.strategic import apply_strategic_patch
from grader.embedded.objects import Obj
from grader.embedded.schema.decode import Decoded, DecodeError, decode
from grader.embedded.schema.types import TypeInfo

__all__ = [
    "APPLY",
    "JSON_PATCH",
    "MERGE_PATCH",
    "STRATEGIC_MERGE_PATCH",
    "Application",
    "PatchError",
    "apply_patch",
    "decode_patched",
    "media_types",
    "server_side_apply",
    "track_update",
]

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


def media_types(type_info: TypeInfo) -> tuple[str, ...]:
    """The patches that a kind takes: custom resources have no strategic merge."""
    if type_info.custom:
        return JSON_PATCH, MERGE_PATCH, APPLY
    return JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, APPLY


def apply_patch(content_type: str, current: Obj, body: bytes, type_info: TypeInfo) -> Obj:
    """What a JSON, merge or strategic merge patch makes of an object, not decoded yet (see `decode_patched`).

    `current` is not changed, but the result may share parts with it. Raises PatchError: 400 for a body that is no
    patch, 415 for a kind of patch that is not taken here, 422 for one that does not fit the object.
    """
    if content_type not in media_types(type_info) or content_type == APPLY:
        raise unsupported(type_info)
    patch = _parsed(body)
    try:
        if content_type == JSON_PATCH:
            return apply_json_patch(current, patch)
        if content_type == MERGE_PATCH:
            return apply_merge_patch(current, patch)
        return apply_strategic_patch(current, patch, type_info)
    except RecursionError as error:
        raise bad_request("json: exceeded max depth") from error


def decode_patched(content_type: str, patched: Obj, body: bytes, type_info: TypeInfo, mode: str = "Strict") -> Decoded:
    """Decode the result of `apply_patch`. Raises PatchError 422, which shows what the server would: patch or object."""
    try:
        return decode(type_info, patched, mode)
    except DecodeError as error:
        if content_type != STRATEGIC_MERGE_PATCH:
            raise invalid_result(orjson.dumps(patched).decode(), str(error)) from error
        why = conversion_error(type_info, patched) or str(error)
        raise invalid_result(go_text(orjson.loads(body)), why) from error


def unsupported(type_info: TypeInfo) -> PatchError:
    """The answer for a media type that is no patch of this kind."""
    accepted = ", ".join(media_types(type_info))
    text = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    return PatchError(415, "UnsupportedMediaType", text, {})


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"error decoding patch: {error}") from error
