"""Rules of StorageClasses (k8s.io/docs/concepts/storage/storage-classes)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
    too_long,
)
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.metadata import immutable, label_name, object_meta, object_meta_update

_BINDING_MODES = ["Immediate", "WaitForFirstConsumer"]
_PARAMETERS_LIMIT = 512
_PARAMETERS_SIZE = 256 * 1024


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
