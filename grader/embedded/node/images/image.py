"""What is known of an image: its configuration as a registry would have it, and how its programs behave."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """A program of an image that serves. `kind` is a key of the container room's table of servers."""

    kind: str
    ports: tuple[int, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the kind takes: paths, headers, texts. Checked by the kind itself when the catalogue is loaded."""
    on_term: int | None = 0
    """Exit code after its stop signal; None ignores it and is killed."""
    stop_seconds: float = 0.0
    """How long it takes to stop."""
    start_seconds: float = 0.0
    """How long from start until it listens."""
    lines: tuple[str, ...] = ()
    """What it logs when it starts; `${…}` is filled in as in templates."""


@dataclass(frozen=True, slots=True)
class FixedProgram:
    """A program that prints and exits, after `seconds`."""

    stdout: str = ""
    stderr: str = ""
    code: int = 0
    seconds: float = 0.0


Program = ServerSpec | FixedProgram


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """One version of an image, as one platform has it. Compared by identity, so that what is derived can be cached."""

    repository: str
    tags: tuple[str, ...]
    digest: str
    tools: str = "none"
    """The command set it brings: a key of the table in `tools.py`."""
    extra_tools: tuple[str, ...] = ()
    missing_tools: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    working_dir: str = "/"
    user: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    programs: Mapping[str, Program] = field(default_factory=dict)
    requires_env: tuple[tuple[str, ...], ...] = ()
    """Groups of variables of which one each must be set, or the program ends with `requires_text` and code 1."""
    requires_text: str = ""
    exposed: tuple[int, ...] = ()
    stop_signal: str = "SIGTERM"
    pull_seconds: float = 1.0
    size: int = 50_000_000
    cpu: float = 0.001
    """Cores in use, for `kubectl top`."""
    memory: int = 5_000_000
    """Bytes in use."""
    version: str = ""

    @property
    def argv(self) -> tuple[str, ...]:
        return self.entrypoint + self.command


def content_digest(record: Mapping[str, Any], platform: str = "") -> str:
    """A digest that stays as long as the catalogue's entry stays: over its canonical JSON."""
    text = orjson.dumps([record, platform], option=orjson.OPT_SORT_KEYS)
    return "sha256:" + hashlib.sha256(text).hexdigest()


def command_line(image: Image, command: Sequence[str] | None, args: Sequence[str] | None) -> tuple[str, ...]:
    """What runs: a pod's command replaces the entrypoint and drops the image's own arguments, its args replace those.

    k8s.io/docs/tasks/inject-data-application/define-command-argument-container
    """
    if command:
        return (*command, *(args or ()))
    return (*image.entrypoint, *(args or image.command))
