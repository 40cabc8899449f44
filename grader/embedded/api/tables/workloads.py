"""Cells of what keeps pods running: deployments, replica sets, stateful sets, daemon sets and their revisions."""

from __future__ import annotations

from grader.embedded.api.tables.cells import (
    NONE,
    Cells,
    CellsOf,
    age,
    containers_and_images,
    labels_or_none,
    name_of,
    selector_or_none,
    spec_of,
    status_of,
)
from grader.embedded.machinery.labels import SelectorError, format_selector
from grader.embedded.objects import Obj, controller_of


def _deployment(obj: Obj, now: float) -> Cells:
    spec, status = spec_of(obj), status_of(obj)
    try:
        selector = format_selector(spec.get("selector"))
    except SelectorError:
        selector = "<invalid>"
    return [
        name_of(obj),
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age(obj, now),
        *containers_and_images(spec.get("template")),
        selector,
    ]


def _replica_set(obj: Obj, now: float) -> Cells:
    return [*_replicas(obj, now), selector_or_none(spec_of(obj).get("selector"))]


def _replication_controller(obj: Obj, now: float) -> Cells:
    return [*_replicas(obj, now), labels_or_none(spec_of(obj).get("selector"))]


def _replicas(obj: Obj, now: float) -> Cells:
    spec, status = spec_of(obj), status_of(obj)
    return [
        name_of(obj),
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age(obj, now),
        *containers_and_images(spec.get("template")),
    ]


def _stateful_set(obj: Obj, now: float) -> Cells:
    spec = spec_of(obj)
    ready = f"{status_of(obj).get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [name_of(obj), ready, age(obj, now), *containers_and_images(spec.get("template"))]


def _daemon_set(obj: Obj, now: float) -> Cells:
    spec, status = spec_of(obj), status_of(obj)
    template = spec.get("template") or {}
    return [
        name_of(obj),
        status.get("desiredNumberScheduled", 0),
        status.get("currentNumberScheduled", 0),
        status.get("numberReady", 0),
        status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0),
        labels_or_none((template.get("spec") or {}).get("nodeSelector")),
        age(obj, now),
        *containers_and_images(template),
        selector_or_none(spec.get("selector")),
    ]


def _controller_revision(obj: Obj, now: float) -> Cells:
    return [name_of(obj), _controller(obj), obj.get("revision", 0), age(obj, now)]


def _controller(obj: Obj) -> str:
    """The owner as `statefulset.apps/web`."""
    owner = controller_of(obj)
    if owner is None:
        return NONE
    group = owner["apiVersion"].rpartition("/")[0]
    kind = owner["kind"].lower()
    return f"{kind}.{group}/{owner['name']}" if group else f"{kind}/{owner['name']}"


def _pod_template(obj: Obj, now: float) -> Cells:
    template = obj.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels")
    return [name_of(obj), *containers_and_images(template), labels_or_none(labels)]


PRINTERS: dict[str, CellsOf] = {
    "deployments.apps": _deployment,
    "replicasets.apps": _replica_set,
    "replicationcontrollers": _replication_controller,
    "statefulsets.apps": _stateful_set,
    "daemonsets.apps": _daemon_set,
    "controllerrevisions.apps": _controller_revision,
    "podtemplates": _pod_template,
}
