"""Server-side apply, `application/apply-patch+yaml`: merge a configuration, and own exactly what it says.

Merging, removal of what is no longer applied, and conflicts follow k8s.io/docs/reference/using-api/server-side-apply
and structured-merge-diff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.embedded.machinery.patch.errors import PatchError, bad_request
from grader.embedded.machinery.patch.field_sets import FieldSet, difference, intersection, is_member, paths, union
from grader.embedded.machinery.patch.field_sets import without as excluding
from grader.embedded.machinery.patch.managed_fields import Entry, entries_of, ignored_fields, strip, to_json
from grader.embedded.machinery.patch.misfits import undeclared
from grader.embedded.machinery.patch.ownership import (
    AmbiguousItem,
    applied_fields,
    changes,
    is_leaf,
    keyed,
    member_type,
)
from grader.embedded.objects import Obj
from grader.embedded.schema.plans import plan_of
from grader.embedded.schema.types import STRUCT, TypeInfo


@dataclass(frozen=True, slots=True)
class Application:
    """How a configuration is applied. `time` is RFC 3339; `resets_status` as in `managed_fields.ignored_fields`."""

    manager: str
    api_version: str
    time: str
    subresource: str = ""
    force: bool = False
    resets_status: bool = False


def server_side_apply(type_: TypeInfo, live: Obj | None, applied: Obj, how: Application) -> Obj:
    """The object that applying a configuration makes of the live one (None: it is created).

    The result carries its `managedFields` and is neither decoded nor defaulted yet; parts are shared with `live`
    and `applied`, which are not changed. Raises PatchError: 409 with a cause for each conflict, 400 or 500 for
    a configuration that does not fit the type.
    """
    _check(type_, applied)
    current = _without_managers(plan_of(type_).empty if live is None else live)
    ignored = ignored_fields(how.subresource, how.resets_status)
    try:
        mine = strip(applied_fields(type_, applied), ignored)
        merged = _merge(type_, current, applied)
    except AmbiguousItem as error:
        raise _untyped(applied, f": {error}") from error
    entries = entries_of(live, live) or []
    entry = Entry(how.manager, "Apply", how.api_version, how.subresource, "", mine)
    others = [other for other in entries if other.identity != entry.identity]
    last = next((other for other in entries if other.identity == entry.identity), None)
    if last is not None:
        entry.time = last.time
        managed = entry.fields
        for other in others:
            managed = union(managed, other.fields)
        merged = _pruned(type_, merged, last.fields, managed)
    _settle(type_, current, merged, others, ignored, how.force)
    if live is None or merged != current:
        entry.time = how.time
    result = dict(merged)
    result["metadata"] = {**(merged.get("metadata") or {}), "managedFields": to_json([*others, entry])}
    return result


def _check(type_: TypeInfo, applied: Obj) -> None:
    metadata = applied.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields"):
        raise bad_request("metadata.managedFields must be nil")
    errors = undeclared(type_, applied)
    if errors:
        text = f" {errors[0]}" if len(errors) == 1 else "errors:\n" + "\n".join(f"  {error}" for error in errors)
        raise _untyped(applied, f":{text}" if len(errors) == 1 else f": {text}")


def _untyped(applied: Obj, why: str) -> PatchError:
    metadata = applied.get("metadata") if isinstance(applied.get("metadata"), dict) else {}
    name, namespace = (metadata or {}).get("name", ""), (metadata or {}).get("namespace", "")
    about = f"{namespace}/{name}; {applied.get('apiVersion', '')}, Kind={applied.get('kind', '')}"
    return PatchError(500, "", f"failed to create typed patch object ({about}){why}")


def _without_managers(obj: Obj) -> Obj:
    if "managedFields" not in (obj.get("metadata") or {}):
        return obj
    return {**obj, "metadata": {name: value for name, value in obj["metadata"].items() if name != "managedFields"}}


def _settle(type_: TypeInfo, current: Obj, merged: Obj, others: list[Entry], ignored: FieldSet, force: bool) -> None:
    """Refuse what others own, or take it from them; forget what is gone."""
    change = changes(type_, current, merged)
    written, removed = excluding(change.set, ignored), excluding(change.removed, ignored)
    contested = [(other, intersection(other.fields, written)) for other in others]
    conflicts = [(other, fields) for other, fields in contested if fields]
    if conflicts and not force:
        raise _conflict(conflicts)
    for other, fields in conflicts:
        other.fields = difference(other.fields, fields)
    for other in others:
        other.fields = difference(other.fields, removed)


def _conflict(conflicts: list[tuple[Entry, FieldSet]]) -> PatchError:
    named = [(_shown(entry), path) for entry, fields in conflicts for path in paths(fields)]
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": path}
        for manager, path in named
    ]
    if len(named) == 1:
        message = f"Apply failed with 1 conflict: conflict with {named[0][0]}: {named[0][1]}"
    else:
        lines: list[str] = []
        for manager in sorted({manager for manager, _ in named}):
            lines.append(f"conflicts with {manager}:")
            lines.extend(f"- {path}" for owner, path in named if owner == manager)
        message = f"Apply failed with {len(named)} conflicts: " + "\n".join(lines)
    return PatchError(409, "Conflict", message, {"causes": causes})


def _shown(entry: Entry) -> str:
    """A manager as a conflict names it."""
    shown = f'"{entry.manager}"'
    if entry.subresource:
        shown += f' with subresource "{entry.subresource}"'
    return f"{shown} using {entry.api_version}" if entry.operation == "Update" else shown


def _merge(type_: TypeInfo, live: Any, applied: Any) -> Any:
    """`live` with what `applied` says; lists that are keyed are merged by item, all else is replaced as a whole."""
    if isinstance(applied, dict) and not is_leaf(type_, applied):
        merged = dict(live) if isinstance(live, dict) else {}
        for name, value in applied.items():
            merged[name] = _merge(member_type(type_, name), merged.get(name), value)
        return merged
    if isinstance(applied, list) and not is_leaf(type_, applied):
        return _merge_items(type_, live if isinstance(live, list) else [], applied)
    return applied


def _merge_items(type_: TypeInfo, live: list[Any], applied: list[Any]) -> list[Any]:
    """Items in the live order, new ones where the configuration has them relative to the shared ones."""
    before, after = keyed(type_, live), keyed(type_, applied)
    _refuse_duplicates(after)
    present = dict(reversed(before))
    wanted = {element for element, _ in after}
    shared = [element for element, _ in after if element in present]
    merged: list[Any] = []
    left = right = turn = 0
    while left < len(before) or right < len(after):
        if left < len(before):
            element, item = before[left]
            if element not in wanted:
                merged.append(item)
                left += 1
                continue
            if turn >= len(shared) or element != shared[turn]:
                left += 1
                continue
        if right >= len(after):
            left += 1
            continue
        element, item = after[right]
        merged.append(_merge(type_.element, present.get(element), item))
        right += 1
        if turn < len(shared) and element == shared[turn]:
            turn += 1
            if left < len(before) and before[left][0] == element:
                left += 1
    return merged


def _refuse_duplicates(items: list[tuple[str, Any]]) -> None:
    seen = set()
    for element, _ in items:
        if element in seen:
            raise AmbiguousItem(f"duplicate entries for key {next(paths({element: {}}))}")
        seen.add(element)


def _pruned(type_: TypeInfo, value: Any, last: FieldSet, managed: FieldSet) -> Any:
    """`value` without what was applied last time and nobody manages now."""
    if isinstance(value, dict):
        kept = dict(value)
        for element, below in last.items():
            name = element[2:]
            if not element.startswith("f:") or name not in value:
                continue
            is_field = type_.kind == STRUCT and name in type_.fields
            child = member_type(type_, name)
            rest = _pruned_member(child, value[name], below, managed.get(element), is_field)
            if rest is None:
                del kept[name]
            else:
                kept[name] = rest
        return kept
    if isinstance(value, list) and not is_leaf(type_, value):
        items = []
        for element, item in keyed(type_, value):
            rest = item
            if element in last:
                rest = _pruned_member(type_.element, item, last[element], managed.get(element), False)
            if rest is not None:
                items.append(rest)
        return items
    return value


def _pruned_member(type_: TypeInfo, value: Any, last: FieldSet, managed: FieldSet | None, is_field: bool) -> Any:
    """What is left of a member; None when it goes. A struct's field counts as owned when anything in it is."""
    was_mine = is_field or is_member(last)
    is_owned = managed is not None and (is_field or is_member(managed))
    if was_mine and not is_owned:
        return None
    if is_leaf(type_, value) or not last:
        return value
    rest = _pruned(type_, value, last, managed or {})
    return None if value and not rest else rest
