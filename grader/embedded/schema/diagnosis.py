"""The careful half of decoding: what exactly is wrong with an object, in the API server's words.

The walk goes through the document in its own order, as Go's decoder does, so that the first error is the one
the server reports. Words follow k8s.io's sigs.k8s.io/json, Go's encoding/json and apimachinery's strict decoder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from grader.embedded.quantity import QuantityError, canonical_quantity
from grader.embedded.schema.plans import INT_LIMITS
from grader.embedded.schema.scalars import ScalarError, canonical_base64, canonical_duration, canonical_time
from grader.embedded.schema.types import ANY, LIST, MAP, SCHEMA_VARIANTS, STRUCT, Field, TypeInfo

_MOST_STRICT_ERRORS = 100
_WORDS: dict[type, str] = {str: "string", bool: "bool", dict: "object", list: "array"}


class Pairs(list[tuple[str, Any]]):
    """A JSON object with its duplicate keys."""


class Number(str):
    """A number as it was written."""


class Refused(ValueError):
    """An error that ends Go's decoding at once: a custom type did not understand its text."""


@dataclass(slots=True)
class Diagnosis:
    """`error` is the first wrong type; `strict` are unknown and duplicate fields, in order."""

    error: str = ""
    strict: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def note(self, text: str) -> None:
        if text not in self._seen and len(self.strict) < _MOST_STRICT_ERRORS:
            self._seen.add(text)
            self.strict.append(text)


@dataclass(slots=True, frozen=True)
class _Place:
    """Where the walk is: the Go struct and path that errors name, and the strict decoder's own path."""

    struct: str = ""
    go_path: tuple[str, ...] = ()
    path: str = ""

    def field(self, owner: TypeInfo, named: Field) -> _Place:
        steps = (*named.embedded.split("."), named.name) if named.embedded else (named.name,)
        return _Place(owner.name, (*self.go_path, *steps), self.below(named.name))

    def below(self, name: str) -> str:
        return _joined(self.path, name)

    def at(self, suffix: str) -> _Place:
        return _Place(self.struct, self.go_path, suffix)


def parsed(raw: bytes) -> Any:
    """A JSON text with duplicate keys kept and numbers as they were written. Raises ValueError."""
    return json.loads(raw, object_pairs_hook=Pairs, parse_float=Number, parse_int=Number)


def diagnose(type_: TypeInfo, document: Any, *, path: str = "") -> Diagnosis:
    """All that is wrong with a document: parsed by `parsed`, or an object without duplicates."""
    found = Diagnosis()
    try:
        _Walk(found).value(type_, document, _Place(path=path))
    except Refused as refused:
        found.error = str(refused)
    if type_.custom:
        found.strict = [*_duplicates(document, path), *sorted(found.strict)][:_MOST_STRICT_ERRORS]
    return found


def _duplicates(value: Any, path: str) -> list[str]:
    """Every duplicate key of a custom resource: unlike others, it is read as a whole before its type is known."""
    if isinstance(value, Pairs):
        names = [name for name, _ in value]
        found = [f'duplicate field "{_joined(path, name)}"' for name in dict.fromkeys(names) if names.count(name) > 1]
        for name, item in value:
            found.extend(_duplicates(item, _joined(path, name)))
        return found
    if isinstance(value, list):
        return [text for index, item in enumerate(value) for text in _duplicates(item, f"{path}[{index}]")]
    return []


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


class _Walk:
    def __init__(self, found: Diagnosis) -> None:
        self.found = found
        self.lenient = 0

    def value(self, type_: TypeInfo, value: Any, place: _Place) -> None:
        if value is None or type_.kind == ANY:
            return
        if type_.kind == STRUCT:
            self._struct(type_, value, place)
        elif type_.kind == MAP:
            self._map(type_, value, place)
        elif type_.kind == LIST:
            self._list(type_, value, place)
        elif type_.kind in SCHEMA_VARIANTS:
            self._schema_variant(type_, value, place)
        elif not type_.custom:
            self._scalar(type_, value, place)

    def _pairs(self, type_: TypeInfo, value: Any, place: _Place) -> Iterable[tuple[str, Any]]:
        """The members of an object; a key of a map, or a field that is known, is noted when it comes again."""
        if type_.custom or not isinstance(value, Pairs):
            yield from value if isinstance(value, Pairs) else value.items()
            return
        seen = set()
        for name, item in value:
            if name in seen and (type_.kind == MAP or name in type_.fields):
                self._strict(f'duplicate field "{place.below(name)}"')
            seen.add(name)
            yield name, item

    def _strict(self, text: str) -> None:
        if not self.lenient:
            self.found.note(text)

    def _struct(self, type_: TypeInfo, value: Any, place: _Place) -> None:
        if not isinstance(value, (dict, Pairs)):
            if not type_.custom:
                self._wrong(value, type_.text, place)
            return
        fields = type_.fields
        for name, item in self._pairs(type_, value, place):
            named = fields.get(name)
            if named is not None:
                self.value(named.type, item, place.field(type_, named))
            elif not type_.is_open:
                self._strict(f'unknown field "{place.below(name)}"')

    def _map(self, type_: TypeInfo, value: Any, place: _Place) -> None:
        if not isinstance(value, (dict, Pairs)):
            if not type_.custom:
                self._wrong(value, type_.text, place)
            return
        for name, item in self._pairs(type_, value, place):
            self.value(type_.element, item, place.at(place.below(name)))

    def _list(self, type_: TypeInfo, value: Any, place: _Place) -> None:
        if not isinstance(value, list) or isinstance(value, Pairs):
            if not type_.custom:
                self._wrong(value, type_.text, place)
            return
        for index, item in enumerate(value):
            self.value(type_.element, item, place.at(f"{place.path}[{index}]"))

    def _schema_variant(self, type_: TypeInfo, value: Any, place: _Place) -> None:
        self.lenient += 1
        is_object = isinstance(value, (dict, Pairs))
        if is_object:
            self._struct(type_.element, value, place)
        elif type_.kind == "schema-or-bool":
            if not isinstance(value, bool):
                raise Refused("boolean or JSON schema expected")
        elif isinstance(value, list):
            for item in value:
                if type_.kind == "schema-or-list":
                    self._struct(type_.element, item, place)
                elif not isinstance(item, str) or isinstance(item, Number):
                    self._wrong(item, "string", place)
        self.lenient -= 1

    def _scalar(self, type_: TypeInfo, value: Any, place: _Place) -> None:
        kind = type_.kind
        if kind == "quantity":
            self._quantity(value)
        elif kind in ("time", "micro-time", "duration"):
            self._moment(kind, value, place)
        elif kind == "int-or-string":
            if _is_number(value) or not isinstance(value, str):
                self._number("int32", "int32", value, place)
        elif kind in INT_LIMITS or kind == "float64":
            self._number(kind, type_.text, value, place)
        elif kind == "bool":
            if not isinstance(value, bool):
                self._wrong(value, type_.text, place)
        elif not isinstance(value, str) or _is_number(value):
            self._wrong(value, type_.text, place)
        elif kind == "bytes":
            try:
                canonical_base64(value)
            except ScalarError as error:
                self.found.error = self.found.error or str(error)

    def _quantity(self, value: Any) -> None:
        text = value.strip() if isinstance(value, str) else _written(value)
        try:
            canonical_quantity(text)
        except QuantityError as error:
            raise Refused(str(error)) from error

    def _moment(self, kind: str, value: Any, place: _Place) -> None:
        if not isinstance(value, str) or _is_number(value):
            self._wrong(value, "string", place)
            raise Refused(self.found.error)
        try:
            if kind == "duration":
                canonical_duration(value)
            else:
                canonical_time(value, micro=kind == "micro-time")
        except ScalarError as error:
            raise Refused(str(error)) from error

    def _number(self, kind: str, text: str, value: Any, place: _Place) -> None:
        if not _is_number(value):
            self._wrong(value, text, place)
        elif kind in INT_LIMITS and not _fits(value, INT_LIMITS[kind]):
            self._say(f"number {_written(value)}", text, place)

    def _wrong(self, value: Any, text: str, place: _Place) -> None:
        if _is_number(value):
            self._say("number", text, place)
        else:
            self._say("object" if isinstance(value, Pairs) else _WORDS[type(value)], text, place)

    def _say(self, what: str, text: str, place: _Place) -> None:
        where = (
            f"Go struct field {place.struct}.{'.'.join(place.go_path)} of type" if place.go_path else "Go value of type"
        )
        self.found.error = self.found.error or f"json: cannot unmarshal {what} into {where} {text}"


def _is_number(value: Any) -> bool:
    return isinstance(value, Number) or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _written(value: Any) -> str:
    return str(value) if isinstance(value, Number) else json.dumps(value)


def _fits(value: Any, limit: int) -> bool:
    try:
        return -limit <= int(value) < limit if not isinstance(value, float) else False
    except ValueError:
        return False
