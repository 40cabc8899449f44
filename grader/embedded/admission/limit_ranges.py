"""LimitRanger: a namespace's defaults and bounds for containers, pods and claims.

k8s.io/docs/concepts/policy/limit-range
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.embedded.admission.base import Attributes, Plugin
from grader.embedded.objects import Obj
from grader.embedded.quantity import parse_quantity
from grader.embedded.store import Store
from grader.embedded.usage import format_amount, pod_total

_ANNOTATION = "kubernetes.io/limit-ranger"


class LimitRanger(Plugin):
    def __init__(self, store: Store) -> None:
        self._store = store

    def _limits(self, request: Attributes) -> list[Obj]:
        if request.verb != "create" or request.subresource or request.obj is None:
            return []
        if request.resource.key not in ("pods", "persistentvolumeclaims"):
            return []
        return [
            limit
            for limit_range in self._store.list("limitranges", request.namespace)
            for limit in limit_range["spec"].get("limits") or ()
        ]

    def admit(self, request: Attributes) -> None:
        """Fill in the defaults of containers."""
        pod = request.obj
        if request.resource.key != "pods" or pod is None:
            return
        notes: list[str] = []
        for limit in self._limits(request):
            if limit["type"] == "Container":
                for kind, container in _containers(pod["spec"]):
                    notes.extend(_fill(container, limit, kind))
        if notes:
            annotations = pod["metadata"].setdefault("annotations", {})
            annotations[_ANNOTATION] = "LimitRanger plugin set: " + "; ".join(notes)

    def validate(self, request: Attributes) -> None:
        """Refuse what is out of bounds."""
        errors: list[str] = []
        for limit in self._limits(request):
            errors.extend(_violations(request, limit))
        if errors:
            raise request.forbid(errors[0] if len(errors) == 1 else "[" + ", ".join(errors) + "]")


def _containers(spec: Obj) -> Iterator[tuple[str, Obj]]:
    for container in spec.get("containers") or ():
        yield "container", container
    for container in spec.get("initContainers") or ():
        yield "init container", container


def _fill(container: Obj, limit: Obj, kind: str) -> list[str]:
    """Set a container's missing requests and limits; returns what to note about it."""
    notes = []
    for part, source in (("requests", "defaultRequest"), ("limits", "default")):
        missing = {
            name: value
            for name, value in (limit.get(source) or {}).items()
            if name not in (container.get("resources", {}).get(part) or {})
        }
        if missing:
            container.setdefault("resources", {}).setdefault(part, {}).update(missing)
            notes.append(f"{', '.join(sorted(missing))} {part[:-1]} for {kind} {container['name']}")
    return notes


def _violations(request: Attributes, limit: Obj) -> Iterator[str]:
    assert request.obj is not None
    spec = request.obj["spec"]
    if request.resource.key == "persistentvolumeclaims":
        if limit["type"] == "PersistentVolumeClaim":
            resources = spec.get("resources") or {}
            yield from _bounds(limit, resources.get("requests") or {}, resources.get("requests") or {})
        return
    if limit["type"] == "Container":
        for _, container in _containers(spec):
            resources = container.get("resources") or {}
            yield from _bounds(limit, resources.get("requests") or {}, resources.get("limits") or {})
    elif limit["type"] == "Pod":
        yield from _bounds(limit, _total(spec, "requests"), _total(spec, "limits"))


def _total(spec: Obj, part: str) -> dict[str, str]:
    """A pod's requests or limits altogether, as quantities."""
    return {name: format_amount(name, amount) for name, amount in pod_total(spec, part).items()}


def _bounds(limit: Obj, requests: dict[str, str], limits: dict[str, str]) -> Iterator[str]:
    kind = limit["type"]
    for name, bound in sorted((limit.get("min") or {}).items()):
        if name not in requests:
            yield f"minimum {name} usage per {kind} is {bound}.  No request is specified"
        elif parse_quantity(requests[name]) < parse_quantity(bound):
            yield f"minimum {name} usage per {kind} is {bound}, but request is {requests[name]}"
    for name, bound in sorted((limit.get("max") or {}).items()):
        if name not in limits:
            yield f"maximum {name} usage per {kind} is {bound}.  No limit is specified"
        elif parse_quantity(limits[name]) > parse_quantity(bound):
            yield f"maximum {name} usage per {kind} is {bound}, but limit is {limits[name]}"
    for name, ratio in sorted((limit.get("maxLimitRequestRatio") or {}).items()):
        yield from _ratio(kind, name, ratio, requests, limits)


def _ratio(kind: str, name: str, ratio: str, requests: dict[str, str], limits: dict[str, str]) -> Iterator[str]:
    if name not in requests or not parse_quantity(requests[name]):
        yield f"{name} max limit to request ratio per {kind} is {ratio}, but no request is specified or request is 0"
    elif name not in limits or not parse_quantity(limits[name]):
        yield f"{name} max limit to request ratio per {kind} is {ratio}, but no limit is specified or limit is 0"
    else:
        found = parse_quantity(limits[name]) / parse_quantity(requests[name])
        if found > parse_quantity(ratio):
            yield f"{name} max limit to request ratio per {kind} is {ratio}, but provided ratio is {float(found):.6f}"
