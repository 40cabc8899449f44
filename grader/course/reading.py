"""YAML as an author's file: bounded, without surprises, and with the line of everything in it.

The subset is YAML 1.2's core: `on`, `no`, `12:30` and dates are strings. Files are read as hostile: size, depth and the
number of nodes after aliases are bounded, duplicate keys and tags are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from grader.errors import LabError
from grader.language import text

MAX_BYTES = 256 * 1024
MAX_NODES = 20_000
MAX_DEPTH = 48

Place = tuple[str | int, ...]

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True)
class Document:
    """A parsed file: its tree of plain values and the line each place begins on (counted from 1)."""

    path: Path
    tree: Any
    lines: dict[Place, int] = field(repr=False)

    def where(self, place: Place) -> str:
        """`file:line` of a place, or of the nearest place around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.path}:{self.lines.get(place, 1)}"


def read_document(path: Path) -> Document:
    """Read a YAML file. Raises LabError with file and line when it is missing, too big, or not plain YAML."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise LabError(
            text("{path} cannot be read: {reason}.", path=str(path), reason=error.strerror or ""),
            text("Create the file, or correct the path."),
        ) from error
    return parse_document(data, path)


def parse_document(data: bytes, path: Path) -> Document:
    """The document in `data`; `path` is for messages only. Raises LabError."""
    if len(data) > MAX_BYTES:
        raise _refused(
            path, 1, text("the file is larger than {n} KiB", n=MAX_BYTES // 1024), text("Move data out of it.")
        )
    try:
        return _Builder(path).build(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(path, line, text("the file is not UTF-8"), text("Save it as UTF-8.")) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        remedy = text(
            "Correct the YAML on that line or just above it; values that begin with a special character need quotes."
        )
        lines = data.decode("utf-8").splitlines()
        if "\t" in "".join(lines[line - 1 : line]):
            remedy = text("Indent with spaces: YAML allows no tabs.")
        raise _refused(path, line, text("not valid YAML: {problem}", problem=error.problem or ""), remedy) from error
    except yaml.YAMLError as error:
        raise _refused(path, 1, text("not valid YAML: {problem}", problem=str(error)), text("Remove it.")) from error


def _refused(path: Path, line: int, problem: object, remedy: object) -> LabError:
    return LabError(text("{problem}.", problem=problem), remedy, f"{path}:{line}")  # type: ignore[arg-type]


@dataclass
class _Open:
    """A collection whose end has not been seen. `key` waits for its value."""

    value: dict[str, Any] | list[Any]
    place: Place
    anchor: str | None
    key: str | None = None


class _Builder:
    """Turns parse events into values without recursion."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[Place, int] = {}
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0
        self._root: Any = None
        self._documents = 0

    def build(self, source: str) -> Document:
        loader = _PARSER(source)
        try:
            while loader.check_event():
                self._event(loader.get_event())
        finally:
            loader.dispose()
        return Document(self._path, self._root, self._lines)

    def _event(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._error(line, text("a second document begins here"), text("Keep one document a file."))
        elif isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event.tag, line)
            self._scalar(event, line)
        elif isinstance(event, yaml.AliasEvent):
            value, size = self._anchors.get(event.anchor or "", (None, -1))
            if size < 0:
                raise self._error(
                    line,
                    text("unknown alias *{name}", name=event.anchor),
                    text("Define &{name} before it is used.", name=event.anchor),
                )
            self._add(value, line, size)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._refuse_tag(event.tag, line)
            self._open({} if isinstance(event, yaml.MappingStartEvent) else [], event.anchor, line)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            closed = self._stack.pop()
            if closed.anchor:
                self._anchors[closed.anchor] = (closed.value, _size(closed.value))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if self._awaits_key():
            self._key(event.value, line)
            return
        value = event.value if event.style else _plain(event.value)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._add(value, line, 1)

    def _awaits_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].value, dict) and self._stack[-1].key is None

    def _key(self, key: str, line: int) -> None:
        top = self._stack[-1]
        assert isinstance(top.value, dict)
        if key == "<<":
            raise self._error(
                line,
                text("merge keys (<<) are not supported"),
                text("Write the keys out, or use an alias for the whole value."),
            )
        if key in top.value:
            raise self._error(line, text("the key {key} is there twice", key=key), text("Keep one of them."))
        top.key = key
        self._lines[(*top.place, key)] = line

    def _open(self, value: dict[str, Any] | list[Any], anchor: str | None, line: int) -> None:
        if self._awaits_key():
            raise self._error(
                line, text("a key must be a plain word"), text("Put quotes around values that begin with { or [")
            )
        if len(self._stack) >= MAX_DEPTH:
            raise self._error(line, text("more than {n} levels deep", n=MAX_DEPTH), text("Flatten it."))
        self._stack.append(_Open(value, self._add(value, line, 1), anchor))

    def _add(self, value: Any, line: int, size: int) -> Place:
        """Put a value where it belongs and return that place."""
        self._nodes += size
        if self._nodes > MAX_NODES:
            raise self._error(
                line,
                text("more than {n} values once aliases are expanded", n=MAX_NODES),
                text("Use fewer aliases or a smaller file."),
            )
        if not self._stack:
            self._root = value
            self._lines[()] = line
            return ()
        top = self._stack[-1]
        if isinstance(top.value, list):
            place = (*top.place, len(top.value))
            top.value.append(value)
            self._lines[place] = line
            return place
        if top.key is None:
            raise self._error(line, text("a key must be a plain word"), text("Write the key out."))
        place = (*top.place, top.key)
        top.value[top.key] = value
        top.key = None
        return place

    def _refuse_tag(self, tag: str | None, line: int) -> None:
        if tag and tag != "!":
            raise self._error(
                line, text("the tag {tag} is not allowed", tag=tag), text("Remove it: plain values need none.")
            )

    def _error(self, line: int, problem: object, remedy: object) -> LabError:
        return _refused(self._path, line, problem, remedy)


def _size(value: Any) -> int:
    """Nodes in a value, without recursion, counting shared parts each time they appear (up to the limit)."""
    count, stack = 0, [value]
    while stack and count <= MAX_NODES:
        count += 1
        top = stack.pop()
        if isinstance(top, dict):
            stack.extend(top.values())
        elif isinstance(top, list):
            stack.extend(top)
    return count


def _plain(word: str) -> Any:
    """An unquoted scalar by YAML 1.2's core schema."""
    lowered = (
        word if word in _WORDS else word.lower() if word in ("True", "TRUE", "False", "FALSE", "Null", "NULL") else word
    )
    if lowered in _WORDS:
        return _WORDS[lowered]
    if _INTEGER.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word):
        return float(word)
    return word
