"""Tables of custom resources: a definition's `additionalPrinterColumns`.

k8s.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions, "Additional printer columns".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from grader.embedded.api.tables import jsonpath
from grader.embedded.api.tables.ages import since
from grader.embedded.api.tables.cells import Cells, name_of
from grader.embedded.objects import Obj

_AGE: Obj = {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}


def columns_of(columns: Sequence[Obj]) -> list[Obj]:
    """The columns a version's objects have: those it names, or the age when it names none."""
    return list(columns) or [_AGE]


def definition_of(column: Obj, age_text: str) -> Obj:
    """A column's definition in a table; `age_text` describes creation timestamps."""
    path = column.get("jsonPath", "")
    text = column.get("description") or f"Custom resource definition column (in JSONPath format): {path}"
    if column is _AGE:
        text = age_text
    return {
        "name": column["name"],
        "type": column["type"],
        "format": column.get("format", ""),
        "description": text,
        "priority": column.get("priority", 0),
    }


def cells(columns: Sequence[Obj], obj: Obj, now: float) -> Cells:
    """The object's name, and a cell for each column."""
    return [name_of(obj), *(_cell(column, obj, now) for column in columns)]


def _cell(column: Obj, obj: Obj, now: float) -> Any:
    """A column's value, null when the object has none or it is not of the column's type."""
    try:
        found = jsonpath.find(column.get("jsonPath", ""), obj)
    except ValueError:
        return None
    if not found:
        return None
    value = found[0]
    match column["type"]:
        case "string":
            return _text(value)
        case "date":
            return since(value, now) if isinstance(value, str) else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "integer" if _is_number(value):
            return int(value)
        case "number" if _is_number(value):
            return value
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Any) -> str:
    """A value as JSONPath prints it: texts as they are, everything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else orjson.dumps(value).decode()
