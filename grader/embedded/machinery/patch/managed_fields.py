"""`metadata.managedFields`: who owns which fields, kept up to date by every write that is not an apply.

See "Field Management" in k8s.io/docs/reference/using-api/server-side-apply.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grader.embedded.machinery.patch.field_sets import FieldSet, difference, intersection, is_field_set, union, without
from grader.embedded.machinery.patch.ownership import changes
from grader.embedded.objects import Obj
from grader.embedded.schema.plans import plan_of
from grader.embedded.schema.types import TypeInfo

_MOST_UPDATERS = 10
_ANCIENT = "ancient-changes"
_NOT_OWNED: FieldSet = {
    "f:apiVersion": {},
    "f:kind": {},
    "f:metadata": {
        ".": {},
        **{
            f"f:{name}": {}
            for name in (
                "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation",
                "managedFields", "resourceVersion",
            )
        },
    },
}  # fmt: skip


@dataclass(slots=True)
class Entry:
    """One manager's fields. `operation` is `Update` or `Apply`; `time` is RFC 3339, or empty."""

    manager: str
    operation: str
    api_version: str
    subresource: str
    time: str
    fields: FieldSet

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What makes it one entry; an applier keeps its entry across versions."""
        version = "" if self.operation == "Apply" else self.api_version
        return self.manager, self.operation, version, self.subresource

    def to_json(self) -> Obj:
        """The entry as a ManagedFieldsEntry."""
        entry: Obj = {
            "manager": self.manager,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields,
        }
        if self.time:
            entry["time"] = self.time
        if self.subresource:
            entry["subresource"] = self.subresource
        return entry


def ignored_fields(subresource: str, resets_status: bool) -> FieldSet:
    """Fields that a write to the main resource or to a subresource never sets, so never owns.

    `resets_status` says that the kind's status is set by its status subresource only.
    """
    if subresource == "status":
        return {"f:spec": {}, "f:metadata": {"f:labels": {}}}
    return {"f:status": {}} if resets_status and not subresource else {}


def strip(fields: FieldSet, ignored: FieldSet) -> FieldSet:
    """Without what nobody owns: an object's identity, and the ignored fields."""
    return difference(without(fields, ignored), _NOT_OWNED)


def entries_of(obj: Obj | None, stored: Obj | None = None) -> list[Entry] | None:
    """An object's entries; None when there are none, or not all can be read.

    Entries that are the same in the `stored` object were checked before.
    """
    managed = (obj or {}).get("metadata", {}).get("managedFields")
    if not managed:
        return None
    checked = stored is not None and managed == stored.get("metadata", {}).get("managedFields")
    entries = []
    for item in managed:
        fields = item.get("fieldsV1") or {}
        if not checked and not (_is_known(item) and is_field_set(fields)):
            return None
        entries.append(
            Entry(
                item.get("manager", ""), item["operation"], item.get("apiVersion", ""), item.get("subresource", ""),
                item.get("time") or "", fields,
            )
        )  # fmt: skip
    return entries


def _is_known(item: Obj) -> bool:
    return item.get("operation") in ("Apply", "Update") and item.get("fieldsType", "FieldsV1") == "FieldsV1"


def resets(obj: Obj) -> bool:
    """Whether a client asks to forget all owners: one empty entry."""
    return bool(obj.get("metadata", {}).get("managedFields") == [{}])


def to_json(entries: Iterable[Entry]) -> list[Obj]:
    """The entries in the server's order: appliers first, then by time and name."""
    held = [entry for entry in entries if entry.fields]
    held.sort(key=lambda e: (e.operation, e.time, e.manager, e.api_version, e.subresource))
    return [entry.to_json() for entry in held]


def track_update(
    type_: TypeInfo,
    old: Obj | None,
    new: Obj,
    *,
    manager: str,
    api_version: str,
    subresource: str = "",
    time: str,
    resets_status: bool = False,
) -> list[Obj]:
    """The `managedFields` of `new` after `manager` made it of `old` (None: created it) by a write other than apply.

    The caller puts the list into `new["metadata"]`. Entries that the client sent are honoured, as the server does;
    `[{}]` forgets all. Neither object is changed; field sets may be shared with them.
    """
    entries = [] if resets(new) else entries_of(new, old) or entries_of(old, old) or []
    before = plan_of(type_).empty if old is None else old
    change = changes(type_, before, new)
    ignored = ignored_fields(subresource, resets_status)
    written = strip(change.set, ignored)
    removed = without(change.removed, ignored)
    if written or removed:
        for entry in entries:
            if intersection(entry.fields, written):
                entry.fields = difference(entry.fields, written)
            if removed:
                entry.fields = difference(entry.fields, removed)
    if written:
        _take(entries, Entry(manager, "Update", api_version, subresource, time, written))
    return to_json(_capped(entries))


def _take(entries: list[Entry], taken: Entry) -> None:
    for entry in entries:
        if entry.identity == taken.identity:
            entry.fields = union(entry.fields, taken.fields)
            entry.time = taken.time
            return
    entries.append(taken)


def _capped(entries: list[Entry]) -> list[Entry]:
    """At most ten updaters: the oldest are put together, one for each version."""
    held = [entry for entry in entries if entry.fields]
    updaters = sorted((e for e in held if e.operation == "Update"), key=lambda e: (e.time, e.manager))
    excess = len(updaters) - _MOST_UPDATERS
    if excess <= 0:
        return held
    merged: dict[str, Any] = {}
    for entry in updaters[: excess + 1]:
        bucket = merged.setdefault(entry.api_version, Entry(_ANCIENT, "Update", entry.api_version, "", entry.time, {}))
        bucket.fields = union(bucket.fields, entry.fields)
        bucket.time = max(bucket.time, entry.time)
    return [e for e in held if e.operation == "Apply"] + updaters[excess + 1 :] + list(merged.values())
