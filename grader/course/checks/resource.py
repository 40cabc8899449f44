"""The model of the check kind `resource`."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from grader.course.checks.common import Namespaced
from grader.course.model import Amount, Selector

OPERATORS = ("$min", "$max", "$matches", "$contains", "$not", "$one_of", "$exists", "$length")


class Resource(Namespaced):
    """Any object, matched in part: maps need the keys written here, lists an item for each item written here.

    Where a value is expected, a map of operators may stand: `{$min: 2}`, `{$matches: "^v2"}`, `{$exists: false}`.
    """

    apiVersion: str = "v1"
    kind: str
    name: str | None = None
    selector: Selector | None = None
    exists: bool = True
    count: Amount | None = None
    match: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _operators(self) -> Resource:
        if not self.exists and (self.match or self.count):
            raise PydanticCustomError("resource", "'exists: false' allows neither 'match' nor 'count'", {})
        _known_operators(self.match)
        return self


def _known_operators(value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _known_operators(item)
    if isinstance(value, dict):
        for key, item in value.items():
            if key.startswith("$") and key not in OPERATORS:
                raise PydanticCustomError(
                    "operator", "unknown operator '{key}'; known: {known}", {"key": key, "known": ", ".join(OPERATORS)}
                )
            _known_operators(item)
