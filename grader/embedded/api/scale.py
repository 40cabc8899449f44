"""The scale subresource: a small view of whatever has replicas (API reference: Scale v1 autoscaling)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from grader.embedded.api.answers import respond
from grader.embedded.api.context import Call
from grader.embedded.api.decoding import decode_as, read_object_as
from grader.embedded.api.patching import apply_to
from grader.embedded.api.verbs import existing
from grader.embedded.machinery.selectors import format_selector
from grader.embedded.objects import Obj, clone
from grader.embedded.schema.field_errors import invalid as invalid_field
from grader.embedded.status import bad_request, invalid, stale

_DEFAULT_PATHS = {
    "specReplicasPath": ".spec.replicas",
    "statusReplicasPath": ".status.replicas",
}


def view(call: Call, obj: Obj) -> Obj:
    """The Scale of an object."""
    paths = _paths(call)
    meta = obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: Obj = {"replicas": _at(obj, paths["statusReplicasPath"]) or 0}
    selector = _selector(obj, paths)
    if selector:
        status["selector"] = selector
    replicas = _at(obj, paths["specReplicasPath"]) or 0
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: meta[key] for key in kept if key in meta},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def _selector(obj: Obj, paths: dict[str, str]) -> str:
    if "labelSelectorPath" in paths:
        return _at(obj, paths["labelSelectorPath"]) or ""
    selector = (obj.get("spec") or {}).get("selector") or {}
    if obj["kind"] == "ReplicationController":
        selector = {"matchLabels": selector}
    return format_selector(selector)


def _paths(call: Call) -> dict[str, str]:
    if not call.resource.custom:
        return _DEFAULT_PATHS
    version = call.parts.operations.definitions.version(call.resource)
    paths: dict[str, str] = version["subresources"]["scale"]
    return paths


def _at(obj: Obj, path: str) -> Any:
    value: Any = obj
    for part in path.strip(".").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _with_replicas(call: Call, obj: Obj, replicas: int) -> Obj:
    target = obj
    *parents, last = _paths(call)["specReplicasPath"].strip(".").split(".")
    for part in parents:
        target = target.setdefault(part, {})
    target[last] = replicas
    return obj


async def get(call: Call) -> web.Response:
    return respond(view(call, existing(call)))


async def update(call: Call) -> web.Response:
    return _store(call, existing(call), await read_object_as(call, "autoscaling/v1", "Scale"))


async def patch(call: Call) -> web.Response:
    obj = existing(call)
    body = await call.request.read()
    changed = apply_to(call, view(call, obj), body, "autoscaling/v1", "Scale")
    return _store(call, obj, decode_as(call, changed, "autoscaling/v1", "Scale"))


def _store(call: Call, obj: Obj, wanted: Obj) -> web.Response:
    """Bring an object to the replicas that a Scale asks for. Raises ApiError 409, 422."""
    meta = wanted.get("metadata", {})
    version = meta.get("resourceVersion")
    if version and version != obj["metadata"]["resourceVersion"]:
        raise stale(call.resource.plural, call.resource.group, call.info.name)
    if meta.get("name", call.info.name) != call.info.name:
        raise bad_request("the name of the Scale does not match the name on the URL")
    replicas = wanted.get("spec", {}).get("replicas", 0)
    if replicas < 0:
        field = invalid_field("spec.replicas", replicas, "must be greater than or equal to 0")
        raise invalid("Scale", "autoscaling", call.info.name, [field])
    changed = call.parts.operations.modify(
        call.storage, call.key, lambda current: _with_replicas(call, current, replicas), call.options(view="scale")
    )
    return respond(view(call, clone(changed)), warnings=call.warnings)


HANDLERS = {"get": get, "update": update, "patch": patch}
