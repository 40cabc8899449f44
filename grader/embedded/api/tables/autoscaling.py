"""Cells of horizontal pod autoscalers: each metric's current and target value."""

from __future__ import annotations

from typing import Any

from grader.embedded.api.tables.cells import NONE, UNKNOWN, UNSET, Cells, CellsOf, age, name_of, spec_of, status_of
from grader.embedded.objects import Obj

_SHOWN = 2
# Metric type → the field of specs and statuses that has it.
_FIELDS = {
    "External": "external",
    "Pods": "pods",
    "Object": "object",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}


def _autoscaler(obj: Obj, now: float) -> Cells:
    spec, status = spec_of(obj), status_of(obj)
    target = spec.get("scaleTargetRef") or {}
    return [
        name_of(obj),
        f"{target.get('kind', '')}/{target.get('name', '')}",
        _targets(spec.get("metrics") or (), status.get("currentMetrics") or ()),
        str(spec.get("minReplicas", UNSET)),
        spec.get("maxReplicas", 0),
        status.get("currentReplicas", 0),
        age(obj, now),
    ]


def _targets(specs: Any, statuses: Any) -> str:
    if not specs:
        return NONE
    found = [_target(spec, statuses[i] if i < len(statuses) else {}) for i, spec in enumerate(specs)]
    shown = ", ".join(found[:_SHOWN])
    return f"{shown} + {len(found) - _SHOWN} more..." if len(found) > _SHOWN else shown


def _target(spec: Obj, status: Obj) -> str:
    """`cpu: 12%/80%`, `5/10`, `5/10 (avg)`; what is not measured yet is `<unknown>`."""
    kind = spec.get("type", "")
    field = _FIELDS.get(kind)
    if field is None:
        return "<unknown type>"
    source = spec.get(field) or {}
    target = source.get("target") or {}
    current = (status.get(field) or {}).get("current") or {}
    average = target.get("averageValue")
    if kind in ("Resource", "ContainerResource"):
        if average is not None:
            return f"{source.get('name', '')}: {current.get('averageValue', UNKNOWN)}/{average}"
        now, wanted = current.get("averageUtilization"), target.get("averageUtilization")
        return f"{source.get('name', '')}: {_percent(now, UNKNOWN)}/{_percent(wanted, '<auto>')}"
    if kind == "Pods":
        return f"{current.get('averageValue', UNKNOWN)}/{average}"
    if average is not None:
        return f"{current.get('averageValue', UNKNOWN)}/{average} (avg)"
    return f"{current.get('value', UNKNOWN)}/{target.get('value', '<nil>')}"


def _percent(value: int | None, absent: str) -> str:
    return absent if value is None else f"{value}%"


PRINTERS: dict[str, CellsOf] = {"horizontalpodautoscalers.autoscaling": _autoscaler}
