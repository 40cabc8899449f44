"""Rules of PersistentVolumes, their claims, and StorageClasses (k8s.io/docs/concepts/storage)."""

from __future__ import annotations

import posixpath
from fractions import Fraction
from typing import Any

from grader.embedded.objects import Obj
from grader.embedded.quantity import QuantityError, parse_quantity
from grader.embedded.schema.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required
from grader.embedded.schema.field_errors import too_long
from grader.embedded.schema.validation import names, values
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import immutable, label_name, object_meta, object_meta_update
from grader.embedded.schema.validation.persistent_sources import SOURCES, volume_source

_ACCESS_MODES = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]
_VOLUME_MODES = ["Block", "Filesystem"]
_RECLAIM = ["Delete", "Recycle", "Retain"]
_BINDING_MODES = ["Immediate", "WaitForFirstConsumer"]
_PARAMETERS_LIMIT = 512
_PARAMETERS_SIZE = 256 * 1024
_CLAIM_WORDS = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
)


def validate_volume(volume: Obj) -> list[FieldError]:
    spec = volume.get("spec") or {}
    errors = object_meta(volume, namespaced=False)
    errors += _access_modes(spec, "")
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
    return errors + _volume_mode(spec)


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


def _access_modes(spec: Obj, missing: str) -> list[FieldError]:
    modes = spec.get("accessModes") or []
    field = "spec.accessModes"
    errors = [not_supported(field, mode, _ACCESS_MODES) for mode in modes if mode not in _ACCESS_MODES]
    if not modes:
        errors.append(required(field, missing))
    if "ReadWriteOncePod" in modes and any(mode != "ReadWriteOncePod" for mode in modes):
        errors.append(forbidden(field, "may not use ReadWriteOncePod with other access modes"))
    return errors


def _volume_mode(spec: Obj) -> list[FieldError]:
    mode = spec.get("volumeMode")
    if mode is None or mode in _VOLUME_MODES:
        return []
    return [not_supported("spec.volumeMode", mode, _VOLUME_MODES)]


def _exact(amount: Any) -> Fraction:
    """A quantity's value; those that are none were refused when the object was decoded."""
    try:
        return parse_quantity(amount)
    except QuantityError:
        return Fraction(0)


def _above_zero(amount: Any, field: str) -> list[FieldError]:
    return [] if _exact(amount) > 0 else [invalid(field, str(amount), "must be greater than zero")]


def _capacity(spec: Obj) -> list[FieldError]:
    capacity = spec.get("capacity")
    errors = [] if capacity else [required("spec.capacity")]
    if not capacity or "storage" not in capacity or len(capacity) > 1:
        errors.append(not_supported("spec.capacity", capacity, ["storage"]))
    for name, amount in sorted((capacity or {}).items()):
        field = f"spec.capacity[{name}]"
        if _exact(amount) < 0:
            errors.append(invalid(field, int(_exact(amount)), "must be a valid resource quantity"))
        errors += _above_zero(amount, field)
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


def validate_claim(claim: Obj) -> list[FieldError]:
    return object_meta(claim) + claim_spec(claim.get("spec") or {})


def claim_spec(spec: Obj, field: str = "spec") -> list[FieldError]:
    """Errors of a claim's spec, at `field`: also that of a pod's ephemeral volume or a StatefulSet's template."""
    modes = spec.get("accessModes") or []
    errors: list[FieldError] = [] if modes else [required(f"{field}.accessModes", "at least 1 access mode is required")]
    errors += values.label_selector(spec.get("selector"), f"{field}.selector")
    errors += [
        not_supported(f"{field}.accessModes", mode, _ACCESS_MODES) for mode in modes if mode not in _ACCESS_MODES
    ]
    if "ReadWriteOncePod" in modes and any(mode != "ReadWriteOncePod" for mode in modes):
        errors.append(forbidden(f"{field}.accessModes", "may not use ReadWriteOncePod with other access modes"))
    requests = (spec.get("resources") or {}).get("requests") or {}
    if "storage" not in requests:
        errors.append(required(f"{field}.resources[storage]"))
    else:
        errors += _above_zero(requests["storage"], f"{field}.resources[storage]")
    name, mode = spec.get("storageClassName"), spec.get("volumeMode")
    if name:
        errors += [invalid(f"{field}.storageClassName", name, text) for text in names.dns_subdomain(name)]
    if mode is not None and mode not in _VOLUME_MODES:
        errors.append(not_supported(f"{field}.volumeMode", mode, _VOLUME_MODES))
    return errors + _data_sources(spec, field)


def _data_sources(spec: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for part in ("dataSource", "dataSourceRef"):
        source = spec.get(part)
        if source is None:
            continue
        errors += [required(f"{field}.{part}.{key}") for key in ("name", "kind") if not source.get(key)]
        group, kind = source.get("apiGroup") or "", source.get("kind", "")
        if not group and kind != "PersistentVolumeClaim":
            text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
            errors.append(invalid(f"{field}.{part}", kind, text))
        elif group:
            errors += [invalid(f"{field}.{part}.apiGroup", group, text) for text in names.dns_subdomain(group)]
    return errors


def validate_claim_update(new: Obj, old: Obj) -> list[FieldError]:
    """A claim stays as it was made, but that a bound one may grow."""
    errors = object_meta_update(new, old) + validate_claim(new)
    now, was = dict(new.get("spec") or {}), dict(old.get("spec") or {})
    if not was.get("volumeName"):
        was["volumeName"] = now.get("volumeName")
    if was.get("storageClassName") is None and now.get("storageClassName"):
        was["storageClassName"] = now["storageClassName"]
    size, before = _requested(now), _requested(was)
    if (new.get("status") or {}).get("phase") == "Bound":
        for spec in (now, was):
            spec["resources"] = _without_storage(spec.get("resources") or {})
            spec.pop("volumeAttributesClassName", None)
    if {key: value for key, value in now.items() if value} != {key: value for key, value in was.items() if value}:
        errors.append(forbidden("spec", _CLAIM_WORDS))
    capacity = ((old.get("status") or {}).get("capacity") or {}).get("storage", "0")
    if size < before and size <= _exact(capacity):
        errors.append(forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"))
    return errors


def _requested(spec: Obj) -> Fraction:
    return _exact(((spec.get("resources") or {}).get("requests") or {}).get("storage", "0"))


def _without_storage(resources: Obj) -> Obj:
    requests = {name: amount for name, amount in (resources.get("requests") or {}).items() if name != "storage"}
    return {**{key: value for key, value in resources.items() if key != "requests"}, "requests": requests}


def validate_storage_class(storage_class: Obj) -> list[FieldError]:
    errors = object_meta(storage_class, namespaced=False)
    provisioner = storage_class.get("provisioner", "")
    if provisioner:
        lower = provisioner.lower()
        errors += [invalid("provisioner", lower, text) for text in names.qualified_name(lower)]
    else:
        errors.append(required("provisioner"))
    errors += _parameters(storage_class.get("parameters") or {})
    policy, mode = storage_class.get("reclaimPolicy"), storage_class.get("volumeBindingMode")
    if policy and policy not in ("Delete", "Retain"):
        errors.append(not_supported("reclaimPolicy", policy, ["Delete", "Retain"]))
    if mode is None:
        errors.append(required("volumeBindingMode"))
    elif mode not in _BINDING_MODES:
        errors.append(not_supported("volumeBindingMode", mode, _BINDING_MODES))
    return errors + _topologies(storage_class.get("allowedTopologies") or [])


def _parameters(parameters: dict[str, str]) -> list[FieldError]:
    errors: list[FieldError] = []
    if len(parameters) > _PARAMETERS_LIMIT:
        errors.append(too_long("parameters.Provisioner Parameters exceeded max allowed", _PARAMETERS_LIMIT))
    if "" in parameters:
        errors.append(invalid("parameters", "", "field can not be empty."))
    if sum(_bytes(key) + _bytes(value) for key, value in parameters.items()) > _PARAMETERS_SIZE:
        errors.append(too_long("parameters", _PARAMETERS_SIZE))
    return errors


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _topologies(terms: list[Obj]) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, term in enumerate(terms):
        seen: set[str] = set()
        for number, expression in enumerate(term.get("matchLabelExpressions") or ()):
            field = f"allowedTopologies[{index}].matchLabelExpressions[{number}]"
            key, found = expression.get("key", ""), expression.get("values") or []
            if not found:
                errors.append(required(f"{field}.values"))
            errors += [
                duplicate(f"{field}.values[{place}]", value)
                for place, value in enumerate(found)
                if value in found[:place]
            ]
            errors += label_name(key, f"{field}.key")
            if key in seen:
                errors.append(duplicate(f"{field}.key", key))
            seen.add(key)
    return errors


def validate_storage_class_update(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old)
    for field in ("parameters", "provisioner", "reclaimPolicy"):
        if (new.get(field) or None) != (old.get(field) or None):
            errors.append(forbidden(field, f"updates to {field} are forbidden."))
    return errors + immutable("volumeBindingMode", new.get("volumeBindingMode"), old.get("volumeBindingMode"))


VALIDATORS: dict[str, Validator] = {
    "persistentvolumes": Validator(validate_volume, validate_volume_update),
    "persistentvolumeclaims": Validator(validate_claim, validate_claim_update),
    "storageclasses.storage.k8s.io": Validator(validate_storage_class, validate_storage_class_update),
}
