"""Values drawn from a learner's seed, so that two learners need not have the same lab.

A reference is `__name__` for a declared parameter `name`. It is a plain word to YAML, to shells, to Kubernetes and to
templates, so a manifest with references in it stays a manifest. A YAML value that is nothing but a reference takes the
parameter's type; anywhere else the value is put in as text. Python's own `__name__` and its kin are left alone.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from grader.course.model import Model

Value = int | str

_REFERENCE = re.compile(r"__([a-z][a-z0-9]*(?:-[a-z0-9]+)*)__")
RESERVED = frozenset({"name", "main", "file", "init", "doc", "all", "version", "dict", "class", "module"})


class UnknownParameterError(Exception):
    """A reference to a parameter that the lab does not declare; the text names the nearest."""


class Parameter(Model):
    """A value to draw: an integer between two, or one of some. `example` is what pages show instead of a draw."""

    between: list[int] | None = Field(default=None, min_length=2, max_length=2)
    one_of: list[Value] | None = Field(default=None, min_length=1, max_length=100)
    example: Value | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Parameter:
        if (self.between is None) == (self.one_of is None):
            raise PydanticCustomError("parameter", "exactly one of 'between' and 'one_of' is needed", {})
        if self.between and self.between[0] > self.between[1]:
            raise PydanticCustomError("parameter", "'between' must be in rising order", {})
        if self.example is not None and not self.allows(self.example):
            raise PydanticCustomError("parameter", "'example' is not a value that can be drawn", {})
        return self

    def allows(self, value: Value) -> bool:
        """Whether a value can be drawn."""
        if self.one_of is not None:
            return value in self.one_of
        assert self.between is not None
        return isinstance(value, int) and self.between[0] <= value <= self.between[1]

    def draw(self, number: int) -> Value:
        """The value that a large number falls on."""
        if self.one_of is not None:
            return self.one_of[number % len(self.one_of)]
        assert self.between is not None
        return self.between[0] + number % (self.between[1] - self.between[0] + 1)


def draw(parameters: Mapping[str, Parameter], seed: str | None, lab: str) -> dict[str, Value]:
    """Each parameter's value for a seed; for None its example (or its first value). Same seed, same values, always."""
    values: dict[str, Value] = {}
    for name, parameter in parameters.items():
        if seed is None:
            values[name] = parameter.draw(0) if parameter.example is None else parameter.example
        else:
            digest = hashlib.sha256(f"{seed}\0{lab}\0{name}".encode()).digest()
            values[name] = parameter.draw(int.from_bytes(digest[:8], "big"))
    return values


def fill_text(source: str, values: Mapping[str, Value]) -> str:
    """A text with its references replaced; words that only look like references stay (files are not ours to refuse)."""
    return _REFERENCE.sub(lambda match: str(values.get(match[1], match[0])), source)


def fill(value: Any, values: Mapping[str, Value]) -> Any:
    """A YAML tree with its references replaced. Raises UnknownParameterError for one that is not declared."""
    if isinstance(value, dict):
        return {key: fill(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, values) for item in value]
    if not isinstance(value, str) or "__" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole and whole[1] in values:
        return values[whole[1]]
    for name in references(value):
        if name not in values:
            near = difflib.get_close_matches(name, values, 1, 0.5)
            raise UnknownParameterError(
                f"__{name}__ is no parameter of this lab" + (f"; did you mean __{near[0]}__?" if near else "")
            )
    return fill_text(value, values)


def references(source: str) -> list[str]:
    """Names of the parameters a text refers to, Python's own words left out."""
    return [name for name in _REFERENCE.findall(source) if name not in RESERVED]
