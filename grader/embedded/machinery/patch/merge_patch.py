"""JSON Merge Patch (RFC 7396), `application/merge-patch+json`."""

from __future__ import annotations

from typing import Any

from grader.embedded.machinery.patch.errors import bad_request
from grader.embedded.objects import Obj

_GO_KINDS: dict[type, str] = {list: "array", str: "string", bool: "bool", int: "number", float: "number"}


def apply_merge_patch(current: Obj, patch: Any) -> Obj:
    """A new object: `current` with the members of `patch`, those of null taken out. Raises PatchError.

    Parts that the patch does not touch are shared with `current`.
    """
    if patch is None:
        patch = {}
    if not isinstance(patch, dict):
        kind = _GO_KINDS[type(patch)]
        why = f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
        raise bad_request(f"error decoding patch: {why}")
    return _merged(current, patch)


def _merged(current: Any, patch: Obj) -> Obj:
    merged = dict(current) if isinstance(current, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            merged[name] = _merged(merged.get(name), value)
        else:
            merged[name] = value
    return merged
