"""Bodies in and out: JSON, YAML and protobuf requests; JSON answers, whole, as tables or as metadata only."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from grader.embedded.api import protobuf
from grader.embedded.status import ApiError, bad_request, unsupported_media_type

JSON = "application/json"
PROTOBUF = "application/vnd.kubernetes.protobuf"
YAML = "application/yaml"
MAX_BODY = 3 * 1024 * 1024
_DEEPEST = 200
_ACCEPTED = (JSON, "*/*", "application/*", YAML, "text/plain", "text/*")


@dataclass(frozen=True, slots=True)
class Answer:
    """How a client wants objects: `shape` is `""` (whole), `Table`, `PartialObjectMetadata` or its List."""

    shape: str = ""
    version: str = "v1"


@lru_cache(maxsize=256)
def accepted(header: str) -> Answer:
    """The first acceptable form of an Accept header. Raises ApiError 406 when there is none."""
    for part in header.split(",") if header else ("*/*",):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        if media not in _ACCEPTED:
            continue
        options = dict(p.split("=", 1) for p in parameters if "=" in p)
        if options.get("as") and options.get("g") != "meta.k8s.io":
            continue
        return Answer(options.get("as", ""), options.get("v", "v1"))
    raise ApiError(
        406,
        "NotAcceptable",
        "only the following media types are accepted: application/json, application/yaml, "
        "application/vnd.kubernetes.protobuf",
    )


def parse_body(data: bytes, content_type: str) -> tuple[Any, bytes]:
    """The value of a request body, and the text to quote from it. Raises ApiError 400 or 415."""
    media = content_type.partition(";")[0].strip().lower()
    if media in ("", JSON, "text/plain") or media.endswith("+json"):
        return parse_json(data), data
    if media == PROTOBUF:
        try:
            obj = protobuf.decode(data)
        except ValueError as error:
            raise bad_request(f"unable to decode the request body as protobuf: {error}") from error
        _bound_depth(obj)
        return obj, orjson.dumps(obj)
    if media in (YAML, "application/x-yaml", "text/yaml"):
        return parse_yaml(data), data
    raise unsupported_media_type(
        f"the body of the request was in an unknown format - accepted media types include: {JSON}, {YAML}, {PROTOBUF}"
    )


def parse_json(data: bytes) -> Any:
    """A JSON value, bounded in depth. Raises ApiError 400 for what is none."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise bad_request(
            f"the object provided is unrecognized (must be of type json): {error} ({_glimpse(data)})"
        ) from error
    _bound_depth(value)
    return value


def parse_yaml(data: bytes) -> Any:
    """A YAML value, safely: no aliases (so no bombs), no Python tags. Raises ApiError 400."""
    with contextlib.suppress(orjson.JSONDecodeError):
        value = orjson.loads(data)
        _bound_depth(value)
        return value
    import yaml

    try:
        for event in yaml.parse(data):
            if isinstance(event, yaml.AliasEvent):
                raise bad_request("yaml: aliases are not accepted: write the value out where it is used")
        value = yaml.safe_load(data)
        value = orjson.loads(orjson.dumps(value))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, TypeError) as error:
        raise bad_request(f"error converting YAML to JSON: {error}") from error
    _bound_depth(value)
    return value


def _bound_depth(value: Any) -> None:
    """Refuse documents nested deeper than any real one, before something recursive meets them."""
    layer: list[Any] = [value] if isinstance(value, (dict, list)) else []
    for _ in range(_DEEPEST):
        layer = [
            child
            for node in layer
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not layer:
            return
    raise bad_request(f"the object is nested deeper than {_DEEPEST} levels")


def _glimpse(data: bytes) -> str:
    return data[:40].decode("utf-8", "replace") + (" ..." if len(data) > 40 else "")
