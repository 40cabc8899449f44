"""JSON Patch (RFC 6902), `application/json-patch+json`."""

from __future__ import annotations

from typing import Any

import jsonpatch

from grader.embedded.machinery.patch.errors import PatchError, bad_request, unprocessable
from grader.embedded.objects import Obj

_MOST_OPERATIONS = 10_000
_GO_KINDS: dict[type, str] = {dict: "object", str: "string", bool: "bool", int: "number", float: "number"}


def apply_json_patch(current: Obj, patch: Any) -> Obj:
    """What the operations make of a copy of `current`. Raises PatchError."""
    if not isinstance(patch, list):
        if patch is None:
            return dict(current)
        raise bad_request(f"json: cannot unmarshal {_GO_KINDS[type(patch)]} into Go value of type jsonpatch.Patch")
    for operation in patch:
        if not isinstance(operation, dict):
            kind = _GO_KINDS.get(type(operation), "array")
            raise bad_request(f"json: cannot unmarshal {kind} into Go value of type jsonpatch.Operation")
    if len(patch) > _MOST_OPERATIONS:
        most = f"The allowed maximum operations in a JSON patch is {_MOST_OPERATIONS}, got {len(patch)}"
        raise PatchError(413, "RequestEntityTooLarge", most)
    try:
        patched = jsonpatch.apply_patch(current, [_checked(operation) for operation in patch])
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, ValueError, KeyError) as error:
        raise unprocessable() from error
    if not isinstance(patched, dict):
        raise unprocessable()
    return patched


def _checked(operation: dict[str, Any]) -> dict[str, Any]:
    """An operation whose pointers are texts; a value that is left out is null, as the server has it."""
    for name in ("path", "from"):
        if name in operation and not isinstance(operation[name], str):
            raise unprocessable()
    if operation.get("op") in ("add", "replace", "test") and "value" not in operation:
        return {**operation, "value": None}
    return operation
