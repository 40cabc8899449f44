"""Rules of ReplicaSets and ReplicationControllers (pages of the same names in the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, required
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.deployments import required_selector, selected_template
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update
from grader.embedded.schema.validation.templates import mismatch, replicated_template
from grader.embedded.schema.validation.values import immutable_selector, not_negative
from grader.embedded.schema.validation.workload_status import check_counts, check_relations, metadata_and

_PARTS = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")
_COUNTS = ("replicas", *_PARTS, "observedGeneration")


def _set_spec(replica_set: Obj) -> list[FieldError]:
    spec = replica_set.get("spec") or {}
    errors = not_negative(spec.get("replicas"), "spec.replicas")
    errors += not_negative(spec.get("minReadySeconds"), "spec.minReadySeconds")
    errors += required_selector(spec, "spec", "deployment")
    return errors + selected_template(spec, "invalid label selector", "ReplicaSet")


def _controller_spec(controller: Obj) -> list[FieldError]:
    spec = controller.get("spec") or {}
    selector, template, replicas = spec.get("selector") or {}, spec.get("template"), spec.get("replicas")
    errors = not_negative(spec.get("minReadySeconds"), "spec.minReadySeconds")
    if not selector:
        errors.append(required("spec.selector"))
    errors += [required("spec.replicas")] if replicas is None else not_negative(replicas, "spec.replicas")
    if template is None:
        return [*errors, required("spec.template")]
    labels = (template.get("metadata") or {}).get("labels")
    if any((labels or {}).get(key) != value for key, value in selector.items()):
        errors.append(mismatch(labels, "spec.template"))
    return errors + replicated_template(template, replicas or 0, "spec.template", "ReplicationController")


def _create_set(replica_set: Obj) -> list[FieldError]:
    return object_meta(replica_set) + _set_spec(replica_set)


def _update_set(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + _set_spec(new) + immutable_selector(new, old)


def _create_controller(controller: Obj) -> list[FieldError]:
    return object_meta(controller) + _controller_spec(controller)


def _update_controller(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + _controller_spec(new)


def _status(new: Obj, old: Obj) -> list[FieldError]:
    status = new.get("status") or {}
    return metadata_and(new, old, check_counts(status, _COUNTS), check_relations(status, _PARTS))


VALIDATORS: dict[str, Validator] = {
    "replicasets.apps": Validator(_create_set, _update_set, _status),
    "replicationcontrollers": Validator(_create_controller, _update_controller, _status),
}
