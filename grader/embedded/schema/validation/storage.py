"""Rules of PersistentVolumes; the table of all storage kinds (k8s.io/docs/concepts/storage/persistent-volumes)."""

from __future__ import annotations

import posixpath

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.amounts import above_zero, exact
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.claims import access_modes, validate_claim, validate_claim_update, volume_mode
from grader.embedded.schema.validation.metadata import immutable, label_name, object_meta, object_meta_update
from grader.embedded.schema.validation.persistent_sources import SOURCES, volume_source
from grader.embedded.schema.validation.storage_classes import validate_storage_class, validate_storage_class_update

_RECLAIM = ["Delete", "Recycle", "Retain"]


def validate_volume(volume: Obj) -> list[FieldError]:
    spec = volume.get("spec") or {}
    errors = object_meta(volume, namespaced=False)
    errors += access_modes(spec, "spec")
    errors += _capacity(spec)
    policy = spec.get("persistentVolumeReclaimPolicy", "")
    if policy and policy not in _RECLAIM:
        errors.append(not_supported("spec.persistentVolumeReclaimPolicy", policy, _RECLAIM))
    errors += _affinity(spec.get("nodeAffinity"))
    errors += volume_source(spec)
    root = posixpath.normpath((spec.get("hostPath") or {}).get("path") or ".")
    if root in ("/", "//") and policy == "Recycle":
        text = "may not be 'recycle' for a hostPath mount of '/'"
        errors.append(forbidden("spec.persistentVolumeReclaimPolicy", text))
    name = spec.get("storageClassName")
    if name:
        errors += [invalid("spec.storageClassName", name, text) for text in names.dns_subdomain(name)]
    return errors + volume_mode(spec, "spec")


def validate_volume_update(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old) + validate_volume(new)
    now, was = new.get("spec") or {}, old.get("spec") or {}
    if any(now.get(source) != was.get(source) for source in SOURCES):
        text = "spec.persistentvolumesource is immutable after creation"
        errors.append(forbidden("spec.persistentvolumesource", text))
    errors += immutable("spec.volumeMode", now.get("volumeMode"), was.get("volumeMode"))
    if was.get("nodeAffinity") is not None:
        errors += immutable("spec.nodeAffinity", now.get("nodeAffinity"), was["nodeAffinity"])
    return errors


def _capacity(spec: Obj) -> list[FieldError]:
    capacity = spec.get("capacity")
    errors = [] if capacity else [required("spec.capacity")]
    if not capacity or "storage" not in capacity or len(capacity) > 1:
        errors.append(not_supported("spec.capacity", capacity, ["storage"]))
    for name, amount in sorted((capacity or {}).items()):
        field = f"spec.capacity[{name}]"
        if exact(amount) < 0:
            errors.append(invalid(field, int(exact(amount)), "must be a valid resource quantity"))
        errors += above_zero(amount, field)
    return errors


def _affinity(affinity: Obj | None) -> list[FieldError]:
    if affinity is None:
        return []
    field = "spec.nodeAffinity.required"
    node_selector = affinity.get("required")
    if node_selector is None:
        return [required(field, "must specify required node constraints")]
    terms = node_selector.get("nodeSelectorTerms") or []
    if not terms:
        return [required(f"{field}.nodeSelectorTerms", "must have at least one node selector term")]
    errors: list[FieldError] = []
    for index, term in enumerate(terms):
        for number, expression in enumerate(term.get("matchExpressions") or ()):
            place = f"{field}.nodeSelectorTerms[{index}].matchExpressions[{number}]"
            errors += _node_requirement(expression, place)
    return errors


def _node_requirement(expression: Obj, field: str) -> list[FieldError]:
    operator, found = expression.get("operator", ""), expression.get("values") or []
    errors: list[FieldError] = []
    if operator in ("In", "NotIn"):
        if not found:
            errors.append(required(f"{field}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in ("Exists", "DoesNotExist"):
        if found:
            text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            errors.append(forbidden(f"{field}.values", text))
    elif operator in ("Gt", "Lt"):
        if len(found) != 1:
            text = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            errors.append(required(f"{field}.values", text))
    else:
        errors.append(invalid(f"{field}.operator", operator, "not a valid selector operator"))
    return errors + label_name(expression.get("key", ""), f"{field}.key")


VALIDATORS: dict[str, Validator] = {
    "persistentvolumes": Validator(validate_volume, validate_volume_update),
    "persistentvolumeclaims": Validator(validate_claim, validate_claim_update),
    "storageclasses.storage.k8s.io": Validator(validate_storage_class, validate_storage_class_update),
}
