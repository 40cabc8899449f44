"""The manifest's JSON Schema, for editors: `lab schema`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from grader.course.lab import KINDS, Lab
from grader.course.mistakes import Mistake
from grader.course.overlay import Overlay

FILES: dict[str, type[BaseModel]] = {"lab": Lab, "mistake": Mistake, "texts": Overlay}


def schema(name: str = "lab") -> dict[str, Any]:
    """The schema of `lab.yaml`, `mistake.yaml` or `lab.<language>.yaml`, with parameters allowed wherever numbers
    are.
    """
    document = FILES[name].model_json_schema()
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    _allow_references(document)
    if check := document.get("$defs", {}).get("Check"):
        check["oneOf"] = [{"required": [kind]} for kind in KINDS]
        check["required"] = ["name"]
    return document


def _allow_references(node: Any) -> None:
    """A number may be written as a parameter (`__port__`), and what may be left out need not be null."""
    if isinstance(node, list):
        for item in node:
            _allow_references(item)
        return
    if not isinstance(node, dict):
        return
    if node.get("type") in ("integer", "number") and "anyOf" not in node:
        limits = {key: node.pop(key) for key in list(node) if key not in ("title", "default", "description")}
        node["anyOf"] = [limits, {"type": "string", "pattern": "^__[a-z][a-z0-9-]*__$"}]
        return
    for value in node.values():
        _allow_references(value)
