"""Strict decoding: a client's object as the API server understands it, or the server's words why it does not.

Every object comes out as Go would write it: unknown fields dropped, nulls and empty values gone or filled in as
the field's Go type has it (`rules: null`, `resources: {}`), quantities and times in their canonical form.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from grader.embedded.objects import Obj
from grader.embedded.schema.diagnosis import diagnose, parsed
from grader.embedded.schema.plans import Mismatch, plan_of
from grader.embedded.schema.types import TypeInfo

_SUMMARY_BYTES = 30
_CORE_SCHEME = "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"
_SCHEMES = {
    "apiextensions.k8s.io": "k8s.io/apiextensions-apiserver/pkg/apiserver/apiserver.go:55",
    "apiregistration.k8s.io": "k8s.io/kube-aggregator/pkg/apiserver/scheme/scheme.go:36",
}
_TYPE_META = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'


class DecodeError(ValueError):
    """An object that cannot be decoded; the message is that of the server's answer (400 BadRequest)."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded object, and the warnings to send with the answer."""

    obj: Obj
    warnings: list[str]


def decode(type_: TypeInfo, obj: Obj, mode: str = "Strict", raw: bytes | None = None, *, path: str = "") -> Decoded:
    """Decode an object by its type. `mode` is the request's fieldValidation: `Strict`, `Warn` or `Ignore`.

    `raw` is the JSON text that `obj` was parsed from, where there is one: it shows duplicate fields and numbers
    as written. `path` opens the paths of strict errors. Raises DecodeError with the bare error of the decoder.
    """
    unknown: list[str] = []
    try:
        decoded = plan_of(type_).decode(obj, unknown)
    except (Mismatch, RecursionError) as mismatch:
        error = _diagnosed(type_, obj, raw, path).error if isinstance(mismatch, Mismatch) else ""
        raise DecodeError(error or "json: exceeded max depth") from mismatch
    if mode == "Ignore" or not (unknown or (raw is not None and _may_have_duplicates(raw, obj))):
        return Decoded(decoded, [])
    strict = _diagnosed(type_, obj, raw, path).strict
    if strict and mode == "Strict":
        raise DecodeError("strict decoding error: " + ", ".join(strict))
    return Decoded(decoded, strict)


def decode_body(
    type_: TypeInfo,
    group_version: str,
    kind: str,
    obj: Any,
    raw: bytes,
    mode: str = "Strict",
    *,
    is_known: Callable[[str, str], bool] = lambda api_version, kind: False,
) -> Decoded:
    """Decode a request's body as an object of one kind, filling in `apiVersion` and `kind` where they are missing.

    `raw` is the body as sent (YAML and protobuf bodies too). `is_known` says whether the server knows a kind
    elsewhere. Raises DecodeError with the whole message of the answer.
    """
    api_version, named = _type_meta(obj, raw, kind)
    actual_version, actual_kind = api_version or group_version, named or kind
    about = f"{actual_kind} in version {json.dumps(actual_version.rpartition('/')[2])} cannot be handled as a {kind}"
    if actual_version.count("/") > 1:
        raise DecodeError(_unrecognized(kind, f"unexpected GroupVersion string: {actual_version}", raw))
    if (actual_version, actual_kind) != (group_version, kind):
        raise DecodeError(_other_kind(about, actual_version, actual_kind, group_version, kind, is_known))
    try:
        decoded = decode(type_, obj, mode, raw if raw[:1].isspace() or raw[:1] == b"{" else None)
    except DecodeError as error:
        raise DecodeError(f"{about}: {error}") from error
    decoded.obj["apiVersion"], decoded.obj["kind"] = group_version, kind
    return decoded


def _type_meta(obj: Any, raw: bytes, kind: str) -> tuple[str, str]:
    if not isinstance(obj, dict):
        word = {list: "array", str: "string", bool: "bool"}.get(type(obj), "number")
        why = f"json: cannot unmarshal {word} into Go value of type {_TYPE_META}"
        raise DecodeError(_unrecognized(kind, f"couldn't get version/kind; json parse error: {why}", raw))
    found = []
    for name in ("apiVersion", "kind"):
        value = obj.get(name)
        if value is not None and not isinstance(value, str):
            word = {list: "array", dict: "object", bool: "bool"}.get(type(value), "number")
            why = f"json: cannot unmarshal {word} into Go struct field .{name} of type string"
            raise DecodeError(_unrecognized(kind, f"couldn't get version/kind; json parse error: {why}", raw))
        found.append(value or "")
    return found[0], found[1]


def _unrecognized(kind: str, why: str, raw: bytes) -> str:
    """The answer for a body whose kind cannot even be read; it shows the body's first bytes."""
    head = raw[:_SUMMARY_BYTES]
    shown = head.decode(errors="replace") if head[:1] == b"{" else head.hex()
    if not raw:
        shown = "<empty>"
    elif len(raw) > _SUMMARY_BYTES:
        shown += " ..."
    return f"the object provided is unrecognized (must be of type {kind}): {why} ({shown})"


def _other_kind(
    about: str, version: str, kind: str, expected: str, expected_kind: str, is_known: Callable[[str, str], bool]
) -> str:
    """The answer for an object of another kind or version than the one that is served at this path."""
    group = expected.rpartition("/")[0]
    if not is_known(version, kind):
        scheme = _SCHEMES.get(group, _CORE_SCHEME)
        return f'{about}: no kind "{kind}" is registered for version "{version}" in scheme "{scheme}"'
    if kind == expected_kind:
        return f"the API version in the data ({version}) does not match the expected API version ({expected})"
    name, internal = version.rpartition("/")[2], (group or "core").partition(".")[0]
    return f"{about}: converting ({name}.{kind}) to ({internal}.{expected_kind}): unknown conversion"


def _diagnosed(type_: TypeInfo, obj: Obj, raw: bytes | None, path: str) -> Any:
    try:
        document = obj if raw is None else parsed(raw)
    except (ValueError, RecursionError):
        document = obj
    return diagnose(type_, document, path=path)


def _may_have_duplicates(raw: bytes, obj: Obj) -> bool:
    """Whether the text says more than the object: each duplicate that parsing dropped took a colon with it."""
    return raw.count(b":") != orjson.dumps(obj).count(b":")
