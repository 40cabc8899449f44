"""Cells of events. Objects of events.k8s.io are kept as core ones and print the same."""

from __future__ import annotations

from grader.embedded.api.tables.ages import since
from grader.embedded.api.tables.cells import Cells, CellsOf, name_of
from grader.embedded.objects import Obj


def _event(obj: Obj, now: float) -> Cells:
    about = obj.get("involvedObject") or {}
    series = obj.get("series")
    first = since(obj.get("firstTimestamp") or obj.get("eventTime"), now)
    if series:
        last, count = since(series.get("lastObservedTime"), now), series.get("count", 0)
    else:
        last = since(obj["lastTimestamp"], now) if obj.get("lastTimestamp") else first
        count = obj.get("count") or 1
    kind = about.get("kind", "").lower()
    return [
        last,
        obj.get("type", ""),
        obj.get("reason", ""),
        f"{kind}/{about['name']}" if about.get("name") else kind,
        about.get("fieldPath", ""),
        _source(obj),
        obj.get("message", "").strip(),
        first,
        count,
        name_of(obj),
    ]


def _source(obj: Obj) -> str:
    """Who reported it: component and host, in the older or the newer fields."""
    source = obj.get("source") or {}
    component = source.get("component") or obj.get("reportingComponent", "")
    host = source.get("host") or obj.get("reportingInstance", "")
    return f"{component}, {host}" if host else component


PRINTERS: dict[str, CellsOf] = {"events": _event, "events.events.k8s.io": _event}
