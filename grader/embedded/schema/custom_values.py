"""Custom objects completed and cut to the schema of their definition: defaulting and pruning.

(k8s.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions, "Field pruning", "Defaulting".)
"""

from __future__ import annotations

from typing import Any

import orjson

from grader.embedded.objects import Obj

Schema = dict[str, Any]

_IDENTITY = frozenset({"apiVersion", "kind", "metadata"})


def prune(obj: Obj, schema: Schema) -> list[str]:
    """Drop, in place, what a structural schema does not declare; return where it was (`spec.colour`).

    Kept are `apiVersion`, `kind` and `metadata`, and all below `x-kubernetes-preserve-unknown-fields`.
    """
    dropped: list[str] = []
    _prune(obj, schema, "", bool(schema.get("x-kubernetes-preserve-unknown-fields")), True, dropped)
    return dropped


def _prune(value: Any, schema: Schema, field: str, keeps: bool, is_resource: bool, dropped: list[str]) -> None:
    if isinstance(value, list):
        items = schema.get("items")
        part = items if isinstance(items, dict) else {}
        for index, item in enumerate(value):
            _descend(item, part, f"{field}[{index}]", keeps, dropped)
    elif isinstance(value, dict):
        properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
        for name in list(value):
            place = f"{field}.{name}" if field else name
            part = properties.get(name, extra)
            if is_resource and name in _IDENTITY:
                continue
            if isinstance(part, dict):
                _descend(value[name], part, place, keeps and name not in properties, dropped)
            elif part is not True and not keeps:
                del value[name]
                dropped.append(place)


def _descend(value: Any, schema: Schema, field: str, keeps: bool, dropped: list[str]) -> None:
    if isinstance(value, (dict, list)):
        keeps = keeps or bool(schema.get("x-kubernetes-preserve-unknown-fields"))
        _prune(value, schema, field, keeps, bool(schema.get("x-kubernetes-embedded-resource")), dropped)


def default(obj: Any, schema: Schema) -> None:
    """Fill in, in place, the defaults of properties that are missing, or null where null is not allowed."""
    if isinstance(obj, list):
        items = schema.get("items")
        if isinstance(items, dict):
            for item in obj:
                default(item, items)
    elif isinstance(obj, dict):
        properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
        for name, part in properties.items():
            value = part.get("default")
            if value is not None and (name not in obj or (obj[name] is None and not part.get("nullable"))):
                obj[name] = orjson.loads(orjson.dumps(value))
            if name in obj:
                default(obj[name], part)
        if isinstance(extra, dict):
            for name, value in obj.items():
                if value is None and extra.get("default") is not None and not extra.get("nullable"):
                    obj[name] = orjson.loads(orjson.dumps(extra["default"]))
                default(obj[name], extra)
