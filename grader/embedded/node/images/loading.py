"""Catalogue files: YAML read strictly into images.

A file describes one repository: what all its versions share, and under `tags` what each has of its own.
`${version}` and `${tag}` in any text are the version's. Unknown keys are errors, with the nearest known one named.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from grader.embedded.node.images.image import FixedProgram, Image, Program, ServerSpec, content_digest
from grader.embedded.node.images.reference import InvalidReferenceError, parse_reference
from grader.embedded.node.images.tools import BASES

SERVERS = ("echo", "http", "nginx", "redis", "static", "tcp", "wrapper")
"""What a program may be: the container room's servers, and an entrypoint script that becomes what follows it."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PATH = "PATH"
_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_TEXT, _TEXTS, _NUMBER, _COUNT, _MAP, _COUNTS = (
    "a text",
    "a list of texts",
    "a number",
    "an integer",
    "a mapping",
    "ports",
)

_IMAGE_KEYS = {
    "version": _TEXT,
    "aliases": _TEXTS,
    "digest": _TEXT,
    "tools": _TEXT,
    "extra_tools": _TEXTS,
    "missing_tools": _TEXTS,
    "entrypoint": _TEXTS,
    "command": _TEXTS,
    "env": _MAP,
    "working_dir": _TEXT,
    "user": _TEXT,
    "files": _MAP,
    "programs": _MAP,
    "requires_env": "a list of lists of texts",
    "requires_text": _TEXT,
    "exposed": _COUNTS,
    "stop_signal": _TEXT,
    "pull_seconds": _NUMBER,
    "size": _COUNT,
    "cpu": _NUMBER,
    "memory": _COUNT,
}
_SERVER_KEYS = {
    "server": _TEXT,
    "ports": _COUNTS,
    "settings": _MAP,
    "on_term": "an integer or null",
    "stop_seconds": _NUMBER,
    "start_seconds": _NUMBER,
    "lines": _TEXTS,
}
_FIXED_KEYS = {"stdout": _TEXT, "stderr": _TEXT, "code": _COUNT, "seconds": _NUMBER}


class CatalogueError(ValueError):
    """A catalogue file that is not as it has to be: whoever wrote the file must mend it."""


def load_images(record: object, origin: str) -> list[Image]:
    """All images of one file's content. Raises CatalogueError naming `origin` and the key."""
    if not isinstance(record, dict):
        raise CatalogueError(f"{origin}: expected a mapping with `repository` and `tags`")
    common = {key: value for key, value in record.items() if key not in ("repository", "tags")}
    _check(common, _IMAGE_KEYS, origin)
    repository = record.get("repository")
    try:
        parsed = parse_reference(str(repository))
    except InvalidReferenceError as error:
        raise CatalogueError(f"{origin}: repository: {error}") from None
    tags = record.get("tags")
    if not isinstance(tags, dict) or not tags:
        raise CatalogueError(f"{origin}: tags: expected a mapping from each tag to what it has of its own")
    return [
        _image(parsed.repository, str(tag), common, own or {}, f"{origin}: tags.{tag}") for tag, own in tags.items()
    ]


def _image(repository: str, tag: str, common: Mapping[str, Any], own: object, origin: str) -> Image:
    if not isinstance(own, dict):
        raise CatalogueError(f"{origin}: expected a mapping")
    _check(own, _IMAGE_KEYS, origin)
    merged = _merge(common, own)
    values = {"version": str(merged.get("version", tag)), "tag": tag}
    filled: dict[str, Any] = _fill(merged, values)
    digest = filled.get("digest") or content_digest({"repository": repository, "tag": tag, **filled})
    if filled.get("tools", "none") not in BASES:
        raise CatalogueError(f"{origin}: tools: expected one of {', '.join(BASES)}")
    if not _DIGEST.fullmatch(digest):
        raise CatalogueError(f"{origin}: digest: expected sha256: and 64 hexadecimal digits")
    env = {_PATH: _DEFAULT_PATH, **{str(key): str(value) for key, value in filled.get("env", {}).items()}}
    programs = {
        name: _program(value, f"{origin}: programs.{name}") for name, value in filled.get("programs", {}).items()
    }
    plain = ("tools", "requires_text", "stop_signal", "pull_seconds", "size", "cpu", "memory", "working_dir", "user")
    return Image(
        repository=repository,
        tags=(tag, *filled.get("aliases", ())),
        digest=digest,
        extra_tools=tuple(filled.get("extra_tools", ())),
        missing_tools=tuple(filled.get("missing_tools", ())),
        entrypoint=tuple(filled.get("entrypoint", ())),
        command=tuple(filled.get("command", ())),
        env=env,
        files={str(key): str(value) for key, value in filled.get("files", {}).items()},
        programs=programs,
        requires_env=tuple(tuple(group) for group in filled.get("requires_env", ())),
        exposed=tuple(filled.get("exposed", ())),
        version=values["version"],
        **{key: filled[key] for key in plain if key in filled},
    )


def _program(value: object, origin: str) -> Program:
    if not isinstance(value, dict):
        raise CatalogueError(f"{origin}: expected a mapping with `server`, or with what it prints")
    if "server" not in value:
        _check(value, _FIXED_KEYS, origin)
        return FixedProgram(**value)
    _check(value, _SERVER_KEYS, origin)
    if value["server"] not in SERVERS:
        raise CatalogueError(f"{origin}: server: expected one of {', '.join(SERVERS)}")
    rest = {key: value[key] for key in ("settings", "on_term", "stop_seconds", "start_seconds") if key in value}
    return ServerSpec(value["server"], tuple(value.get("ports", ())), lines=tuple(value.get("lines", ())), **rest)


def _merge(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A version's own keys over the shared ones; mappings are merged key by key."""
    merged = dict(common)
    for key, value in own.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _fill(value: Any, values: Mapping[str, str]) -> Any:
    """The value with `${version}` and `${tag}` filled in, at any depth. Other `${…}` stay for the container."""
    if isinstance(value, str):
        for name, text in values.items():
            value = value.replace("${" + name + "}", text)
        return value
    if isinstance(value, dict):
        return {key: _fill(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, values) for item in value]
    return value


def _check(record: Mapping[Any, Any], known: Mapping[str, str], origin: str) -> None:
    for key, value in record.items():
        wanted = known.get(key)
        if wanted is None:
            near = difflib.get_close_matches(str(key), known, 1)
            hint = f"; did you mean `{near[0]}`?" if near else f"; known are {', '.join(known)}"
            raise CatalogueError(f"{origin}: unknown key `{key}`{hint}")
        if not _fits(value, wanted):
            raise CatalogueError(f"{origin}: {key}: expected {wanted}")


def _fits(value: object, wanted: str) -> bool:
    integer = isinstance(value, int) and not isinstance(value, bool)
    if wanted == _TEXT:
        return isinstance(value, str)
    if wanted == _TEXTS:
        return _all(value, str)
    if wanted == _COUNTS:
        return isinstance(value, list) and all(isinstance(port, int) and 0 < port < 65536 for port in value)
    if wanted == _NUMBER:
        return integer or isinstance(value, float)
    if wanted == _MAP:
        return isinstance(value, dict)
    if wanted == _COUNT:
        return integer
    if wanted == "an integer or null":
        return integer or value is None
    return isinstance(value, list) and all(_all(group, str) for group in value)


def _all(value: object, kind: type) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | dict) and all(isinstance(v, kind) for v in value)
