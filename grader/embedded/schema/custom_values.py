"""Custom objects completed and cut to the schema of their definition: defaulting and pruning.

(k8s.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions, "Field pruning", "Defaulting".)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from grader.embedded.objects import Obj

Schema = dict[str, Any]

_KEEPS = "x-kubernetes-preserve-unknown-fields"
_IDENTITY = frozenset({"apiVersion", "kind", "metadata"})


def prune(obj: Obj, schema: Schema) -> list[str]:
    """Drop, in place, what a structural schema does not declare; return where it was (`spec.colour`).

    Kept are `apiVersion`, `kind` and `metadata`, and all below `x-kubernetes-preserve-unknown-fields`.
    Objects may be nested deeper than their schema, so this walks without recursion.
    """
    dropped: list[str] = []
    waiting = [_Place(obj, schema, "", bool(schema.get(_KEEPS)), True)]
    for place in waiting:
        if isinstance(place.value, list):
            items: Schema = place.schema["items"] if isinstance(place.schema.get("items"), dict) else {}
            waiting += [
                _Place(item, items, f"{place.field}[{index}]", place.keeps or bool(items.get(_KEEPS)), _embeds(items))
                for index, item in enumerate(place.value)
                if isinstance(item, (dict, list))
            ]
        else:
            waiting += _prune_object(place, dropped)
    return dropped


class _Place(NamedTuple):
    """A dictionary or list in an object, and what its schema says of it."""

    value: Any
    schema: Schema
    field: str
    keeps: bool
    is_resource: bool


def _embeds(schema: Schema) -> bool:
    return bool(schema.get("x-kubernetes-embedded-resource"))


def _prune_object(place: _Place, dropped: list[str]) -> list[_Place]:
    """Drop what is unknown in one dictionary; return what is to be looked at in it."""
    obj, schema = place.value, place.schema
    properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
    found: list[_Place] = []
    for name in list(obj):
        if place.is_resource and name in _IDENTITY:
            continue
        field = f"{place.field}.{name}" if place.field else name
        part = properties.get(name, extra)
        if isinstance(part, dict):
            if isinstance(obj[name], (dict, list)):
                keeps = bool(part.get(_KEEPS)) or (place.keeps and name not in properties)
                found.append(_Place(obj[name], part, field, keeps, _embeds(part)))
        elif part is not True and not place.keeps:
            del obj[name]
            dropped.append(field)
    return found


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
