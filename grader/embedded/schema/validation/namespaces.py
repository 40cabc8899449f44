"""Rules of Namespaces."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, invalid
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update

_STANDARD_FINALIZERS = {"kubernetes", "orphan", "foregroundDeletion"}


def validate_namespace(namespace: Obj) -> list[FieldError]:
    errors = object_meta(namespace, names.dns_label, namespaced=False)
    return errors + _finalizers(namespace)


def validate_finalize(new: Obj, old: Obj) -> list[FieldError]:
    """Errors of the `finalize` subresource, which alone may change `spec.finalizers`."""
    return object_meta_update(new, old) + _finalizers(new)


def validate_namespace_status(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old)
    phase = (new.get("status") or {}).get("phase", "")
    if "deletionTimestamp" not in (new.get("metadata") or {}):
        if phase != "Active":
            errors.append(invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty"))
    elif phase != "Terminating":
        errors.append(invalid("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty"))
    return errors


def _finalizers(namespace: Obj) -> list[FieldError]:
    errors: list[FieldError] = []
    for name in (namespace.get("spec") or {}).get("finalizers") or ():
        found = [invalid("spec.finalizers", name, text) for text in names.qualified_name(name)]
        if not found and "/" not in name and name not in _STANDARD_FINALIZERS:
            text = "name is neither a standard finalizer name nor is it fully qualified"
            found.append(invalid("spec.finalizers", name, text))
        errors += found
    return errors


VALIDATORS: dict[str, Validator] = {
    "namespaces": Validator(validate_namespace, object_meta_update, validate_namespace_status),
}
