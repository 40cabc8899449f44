"""Strategic merge patch, `application/strategic-merge-patch+json`: a merge that knows how lists are keyed.

Rules and directives are those of "Strategic Merge Patch" in the Kubernetes API conventions
(github.com/kubernetes/community, sig-api-machinery/strategic-merge-patch.md), with the merge keys and strategies
of the type tables. Objects given are not changed; parts that the patch does not touch are shared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from grader.embedded.machinery.patch.errors import bad_request, unprocessable
from grader.embedded.objects import Obj
from grader.embedded.schema.types import STRUCT, UNTYPED, TypeInfo

_PATCH, _RETAIN = "$patch", "$retainKeys"
_DELETE_FROM, _ORDER = "$deleteFromPrimitiveList/", "$setElementOrder/"
_BAD_RETAIN_KEYS = "invalid patch format of retainKeys"
_BAD_DELETE_LIST = "invalid patch format of primitive list"
_BAD_ORDER = "invalid patch format of setElementOrder list"
_BAD_DOCUMENT = "invalid JSON document"


def apply_strategic_patch(current: Obj, patch: Any, type_: TypeInfo) -> Obj:
    """What a strategic merge patch makes of an object of a built-in type. Raises PatchError."""
    if patch is None:
        patch = {}
    if not isinstance(patch, dict):
        raise bad_request(_BAD_DOCUMENT)
    return _merge_map(current, patch, type_)


def _merge_map(original: Obj, patch: Obj, type_: TypeInfo) -> Obj:
    directive = patch.get(_PATCH)
    if directive == "replace":
        return {name: value for name, value in patch.items() if name != _PATCH}
    if directive == "delete":
        return {}
    if _PATCH in patch and directive != "merge":
        raise bad_request(f"unknown patch type: {directive}")
    merged = _retained(original, patch)
    ordered = _merge_ordered_lists(merged, patch, type_)
    for name, value in patch.items():
        if name in (_PATCH, _RETAIN) or name in ordered:
            continue
        if name.startswith(_DELETE_FROM):
            _delete_primitives(merged, name.removeprefix(_DELETE_FROM), value)
        elif value is None:
            merged.pop(name, None)
        elif name not in merged or type(merged[name]) is not type(value):
            merged[name] = _cleaned(value)
        else:
            merged[name] = _merge_value(merged[name], value, type_, name)
    return merged


def _merge_value(original: Any, value: Any, type_: TypeInfo, name: str) -> Any:
    child, strategies, key = _metadata(type_, name)
    if isinstance(value, dict):
        return value if "replace" in strategies else _merge_map(original, value, child)
    if isinstance(value, list):
        return _merge_list(original, value, child.element, key) if "merge" in strategies else value
    return value


def _metadata(type_: TypeInfo, name: str) -> tuple[TypeInfo, frozenset[str], str]:
    """The type, the strategies and the merge key of a member. Maps and what has no table merge plainly."""
    if type_.kind == STRUCT and name in type_.fields:
        field = type_.fields[name]
        return field.type, field.strategies, field.merge_key
    return (type_.element if type_.kind == "map" else UNTYPED), frozenset(), ""


def _retained(original: Obj, patch: Obj) -> Obj:
    """A copy of `original`, with only the keys that `$retainKeys` names when there is one."""
    if _RETAIN not in patch:
        return dict(original)
    keys = patch[_RETAIN]
    if not isinstance(keys, list) or any(not isinstance(key, str) for key in keys):
        raise bad_request(_BAD_RETAIN_KEYS)
    for name, value in patch.items():
        if value is not None and not name.startswith("$") and name not in keys:
            raise bad_request(_BAD_RETAIN_KEYS)
    return {name: value for name, value in original.items() if name in keys}


def _delete_primitives(merged: Obj, name: str, gone: Any) -> None:
    if not isinstance(gone, list):
        raise bad_request(_BAD_DELETE_LIST)
    if isinstance(merged.get(name), list):
        merged[name] = [item for item in merged[name] if item not in gone]


def _merge_ordered_lists(merged: Obj, patch: Obj, type_: TypeInfo) -> set[str]:
    """Merge the lists that come with a `$setElementOrder`; returns the names in the patch that are done."""
    done: set[str] = set()
    for directive, order in patch.items():
        if not directive.startswith(_ORDER):
            continue
        name = directive.removeprefix(_ORDER)
        if not isinstance(order, list):
            raise bad_request(_BAD_ORDER)
        done.update((directive, name, _DELETE_FROM + name))
        child, strategies, key = _metadata(type_, name)
        present, given = merged.get(name), patch.get(name)
        if given is not None and not isinstance(given, list):
            raise bad_request(_BAD_DOCUMENT)
        if name in patch and given is None:
            merged.pop(name, None)
            continue
        if _DELETE_FROM + name in patch:
            _delete_primitives(merged, name, patch[_DELETE_FROM + name])
            present = merged.get(name)
        if not isinstance(present, list):
            if given is not None:
                merged[name] = _cleaned(_without_directives(given, key))
            continue
        if "merge" not in strategies:
            merged[name] = present if given is None else given
            continue
        items = present if given is None else _merge_list(present, given, child.element, key)
        merged[name] = _in_order(items, _identities(order, key), _identities(present, key), key)
    return done


def _without_directives(items: list[Any], key: str) -> list[Any]:
    return [item for item in items if not (isinstance(item, dict) and _PATCH in item)] if key else items


def _merge_list(original: list[Any], patch: list[Any], element: TypeInfo, key: str) -> list[Any]:
    if not original and not patch:
        return original
    if not any(isinstance(item, dict) for item in (*original, *patch)):
        merged: list[Any] = []
        for item in (*original, *patch):
            if item not in merged:
                merged.append(item)
        return _in_order(merged, patch, original, "")
    if not key:
        raise unprocessable()
    original, patch = _directed(original, patch, key)
    merged = _merge_items(original, patch, element, key)
    return _in_order(merged, _identities(patch, key), _identities(original, key), key)


def _directed(original: list[Any], patch: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Carry out the items that are directives; returns what is left of both lists."""
    rest: list[Any] = []
    replaced = False
    for item in patch:
        if not isinstance(item, dict):
            raise bad_request(_BAD_DOCUMENT)
        directive = item.get(_PATCH)
        if _PATCH not in item:
            rest.append(item)
        elif directive == "replace":
            replaced = True
        elif directive == "delete":
            if key not in item:
                raise unprocessable()
            original = [other for other in original if not _has(other, key, item[key])]
        else:
            raise bad_request("merging lists cannot yet be specified in the patch")
    return (rest, []) if replaced else (original, rest)


def _merge_items(original: list[Any], patch: list[Any], element: TypeInfo, key: str) -> list[Any]:
    merged = list(original)
    for item in patch:
        if key not in item:
            raise unprocessable()
        for index, other in enumerate(merged):
            if _has(other, key, item[key]):
                merged[index] = _merge_map(other, item, element)
                break
        else:
            merged.append(_cleaned(item))
    return merged


def _has(item: Any, key: str, value: Any) -> bool:
    return isinstance(item, dict) and key in item and item[key] == value


def _identities(items: Sequence[Any], key: str) -> list[Any]:
    return [item.get(key) if isinstance(item, dict) else item for item in items] if key else list(items)


def _in_order(merged: list[Any], wanted: list[Any], server: list[Any], key: str) -> list[Any]:
    """The patch's items in the patch's order, the others in the server's; an item new to the server goes first."""
    if not wanted:
        return merged
    wanted_at, server_at = _positions(wanted), _positions(server)
    identity: Callable[[Any], Any] = (lambda item: _hashable(item.get(key))) if key else _hashable
    ours = sorted((i for i in merged if identity(i) in wanted_at), key=lambda item: wanted_at[identity(item)])
    others = [item for item in merged if identity(item) not in wanted_at]
    others.sort(key=lambda item: server_at.get(identity(item), -1))
    result: list[Any] = []
    left = 0
    for item in ours:
        at = server_at.get(identity(item))
        while at is not None and left < len(others) and server_at.get(identity(others[left]), at) < at:
            result.append(others[left])
            left += 1
        result.append(item)
    return result + others[left:]


def _positions(items: list[Any]) -> dict[Any, int]:
    positions: dict[Any, int] = {}
    for index, item in enumerate(items):
        positions.setdefault(_hashable(item), index)
    return positions


def _hashable(item: Any) -> Any:
    return repr(item) if isinstance(item, (dict, list)) else item


def _cleaned(value: Any) -> Any:
    """A value that is new to the object: without nulls and directives."""
    if isinstance(value, dict):
        return {name: _cleaned(item) for name, item in value.items() if item is not None and not _is_directive(name)}
    if isinstance(value, list):
        return [_cleaned(item) for item in value if not (isinstance(item, dict) and item.get(_PATCH) == "delete")]
    return value


def _is_directive(name: str) -> bool:
    return name in (_PATCH, _RETAIN) or name.startswith((_DELETE_FROM, _ORDER))
