"""The base of every manifest model, and the small types manifests are written in: durations, counts, selectors."""

from __future__ import annotations

import difflib
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SELECTOR = re.compile(r"[-A-Za-z0-9_./=!,() ]+")


class Model(BaseModel):
    """A manifest's part: immutable, strict about types, and unknown keys are errors that name the nearest known one."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = {field.alias or name for name, field in cls.model_fields.items()}
        for key in data:
            if key not in known and key not in cls.model_fields:
                near = difflib.get_close_matches(str(key), known, 1, 0.5)
                advice = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known))}"
                raise PydanticCustomError(
                    "unknown_key", "unknown key '{key}'; {advice}", {"key": key, "advice": advice}
                )
        return data


def _seconds(value: Any) -> Any:
    """`30s`, `1m`, `500ms`, `1m30s` or a number of seconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise PydanticCustomError("duration", "a duration such as 30s or 2m is needed", {})
    if isinstance(value, str):
        parts = _DURATION.findall(value)
        if not parts or "".join(number + unit for number, unit in parts) != value:
            raise PydanticCustomError(
                "duration", "'{value}' is no duration; write 500ms, 30s, 2m or 1m30s", {"value": value}
            )
        value = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return float(value)


Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    Field(ge=0, le=3600),
    WithJsonSchema({"type": ["string", "number"], "examples": ["30s", "2m", "500ms"]}),
]
"""Seconds of the environment's time, written `30s`."""


def _id(value: str) -> str:
    if not _ID.fullmatch(value) or len(value) > 63:
        raise PydanticCustomError("id", "'{value}' must be lower-case words joined by hyphens", {"value": value})
    return value


Id = Annotated[str, AfterValidator(_id)]
"""A name used by other things: lower-case words joined by hyphens."""


def _selector(value: Any) -> Any:
    if isinstance(value, dict):
        value = ",".join(f"{key}={text}" for key, text in value.items())
    if not isinstance(value, str) or not _SELECTOR.fullmatch(value):
        raise PydanticCustomError("selector", "a label selector such as app=web,tier!=db is needed", {})
    return value


Selector = Annotated[
    str,
    BeforeValidator(_selector),
    WithJsonSchema({"type": ["string", "object"], "examples": ["app=hellok8s"]}),
]
"""A label selector as kubectl takes it, or a mapping of labels that must all be there."""


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise PydanticCustomError(
            "pattern", "'{value}' is no regular expression: {error}", {"value": value, "error": str(error)}
        ) from error
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]
"""A regular expression, searched for (not anchored)."""


def one_or_many(value: Any) -> Any:
    """A single value where a list is meant."""
    return [value] if isinstance(value, str) else value


Words = Annotated[
    list[str],
    BeforeValidator(one_or_many),
    WithJsonSchema({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""One string or a list of them."""


class Count(Model):
    """How many: `10` exactly, or `{min: 2}`, `{max: 4}`, `{min: 2, max: 4}`."""

    min: int = Field(default=0, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _exactly(cls, data: Any) -> Any:
        if isinstance(data, int) and not isinstance(data, bool):
            return {"min": data, "max": data}
        return data

    @model_validator(mode="after")
    def _ordered(self) -> Count:
        if self.max is not None and self.max < self.min:
            raise PydanticCustomError("count", "min is greater than max", {})
        return self

    def holds(self, number: int) -> bool:
        """Whether a number is among those meant."""
        return number >= self.min and (self.max is None or number <= self.max)

    def __str__(self) -> str:
        if self.max is None:
            return f"≥ {self.min}"
        return str(self.min) if self.min == self.max else f"{self.min}–{self.max}"


Amount = Annotated[
    Count,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {
                    "type": "object",
                    "properties": {"min": {"type": "integer", "minimum": 0}, "max": {"type": "integer", "minimum": 0}},
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""A `Count` in a manifest."""


class TextMatch(Model):
    """What a text must and must not have; part of the kinds that look at output."""

    contains: Words = Field(default_factory=list)
    matches: Pattern | None = None
    lacks: Words = Field(default_factory=list)
