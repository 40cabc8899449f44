"""Rules of `metadata`, the same for all kinds ("ObjectMeta v1 meta" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, required, too_long
from grader.embedded.schema.validation import names

ANNOTATIONS_LIMIT = 256 * 1024
_STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
_IMMUTABLE = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")


def object_meta(
    obj: Obj, rule: names.NameRule = names.dns_subdomain, *, namespaced: bool = True, native: bool = True
) -> list[FieldError]:
    """Errors of a new object's metadata. `rule` says what names of the kind look like.

    `native` is false for custom objects, whose finalizers need no domain.
    """
    meta = obj.get("metadata") or {}
    errors: list[FieldError] = []
    name, prefix = meta.get("name", ""), meta.get("generateName", "")
    if prefix:
        errors += [invalid("metadata.generateName", prefix, text) for text in rule(names.masked(prefix))]
    if not name:
        errors.append(required("metadata.name", "name or generateName is required"))
    else:
        errors += [invalid("metadata.name", name, text) for text in rule(name)]
    errors += _namespace(meta, namespaced)
    if meta.get("generation", 0) < 0:
        errors.append(invalid("metadata.generation", meta["generation"], "must be greater than or equal to 0"))
    errors += _parts(meta)
    errors += _finalizers(meta, native)
    return errors


def object_meta_update(new: Obj, old: Obj, *, native: bool = True) -> list[FieldError]:
    """Errors of changed metadata: identity stays, and a dying object gets no new finalizers."""
    meta, before = new.get("metadata") or {}, old.get("metadata") or {}
    errors: list[FieldError] = []
    if "deletionTimestamp" in before:
        extra = sorted(set(meta.get("finalizers") or ()) - set(before.get("finalizers") or ()))
        if extra:
            listed = ", ".join(f'"{name}"' for name in extra)
            text = "no new finalizers can be added if the object is being deleted, found new finalizers "
            errors.append(forbidden("metadata.finalizers", f"{text}[]string{{{listed}}}"))
    if not meta.get("resourceVersion"):
        errors.append(invalid("metadata.resourceVersion", "", "must be specified for an update"))
    if meta.get("generation", 0) < before.get("generation", 0):
        errors.append(invalid("metadata.generation", meta.get("generation", 0), "must not be decremented"))
    for field in _IMMUTABLE:
        errors += immutable(f"metadata.{field}", meta.get(field), before.get(field))
    errors += _parts(meta)
    if native:
        errors += _finalizer_names(meta)
    return errors


def immutable(field: str, new: Any, old: Any) -> list[FieldError]:
    """An error when a field changed that may not."""
    return [] if new == old else [invalid(field, new, "field is immutable")]


def _namespace(meta: Mapping[str, Any], namespaced: bool) -> list[FieldError]:
    namespace = meta.get("namespace", "")
    if not namespaced:
        return [forbidden("metadata.namespace", "not allowed on this type")] if namespace else []
    if not namespace:
        return [required("metadata.namespace")]
    return [invalid("metadata.namespace", namespace, text) for text in names.dns_label(namespace)]


def _parts(meta: Mapping[str, Any]) -> list[FieldError]:
    errors = check_labels(meta.get("labels"), "metadata.labels")
    errors += check_annotations(meta.get("annotations"), "metadata.annotations")
    if meta.get("ownerReferences"):
        errors += _owner_references(meta["ownerReferences"], "metadata.ownerReferences")
    return errors


def check_labels(found: Mapping[str, str] | None, field: str) -> list[FieldError]:
    """Errors of a map of labels: keys are qualified names, values at most 63 plain characters."""
    errors: list[FieldError] = []
    for key, value in (found or {}).items():
        errors += label_name(key, field)
        errors += [invalid(field, value, text) for text in names.label_value(value)]
    return errors


def label_name(key: str, field: str) -> list[FieldError]:
    return [invalid(field, key, text) for text in names.qualified_name(key)]


def check_annotations(found: Mapping[str, str] | None, field: str) -> list[FieldError]:
    """Errors of a map of annotations: keys are qualified names in any case; 256 KiB altogether."""
    errors: list[FieldError] = []
    size = 0
    for key, value in (found or {}).items():
        errors += [invalid(field, key, text) for text in names.qualified_name(key.lower())]
        size += len(key) + len(value)
        if not value.isascii():
            size += len(value.encode()) - len(value)
    if size > ANNOTATIONS_LIMIT:
        errors.append(too_long(field, ANNOTATIONS_LIMIT))
    return errors


def _owner_references(references: list[Obj], field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    controller = ""
    for owner in references:
        errors += _owner_reference(owner, field)
        if owner.get("controller"):
            this = f"{owner.get('kind', '')}/{owner.get('name', '')}"
            if controller:
                text = 'Only one reference can have Controller set to true. Found "true" in references for '
                errors.append(invalid(field, references, f"{text}{controller} and {this}"))
            controller = controller or this
    return errors


def _owner_reference(owner: Obj, field: str) -> list[FieldError]:
    version, kind = owner.get("apiVersion", ""), owner.get("kind", "")
    errors: list[FieldError] = []
    if not version.rpartition("/")[2] or version.count("/") > 1:
        errors.append(invalid(f"{field}.apiVersion", version, "version must not be empty"))
    errors += [
        invalid(f"{field}.{part}", owner.get(part, ""), "must not be empty")
        for part in ("kind", "name", "uid")
        if not owner.get(part)
    ]
    if (version, kind) == ("v1", "Event"):
        errors.append(invalid(field, owner, "/v1, Kind=Event is disallowed from being an owner"))
    return errors


def _finalizers(meta: Mapping[str, Any], native: bool) -> list[FieldError]:
    found: list[str] = meta.get("finalizers") or []
    if not found:
        return []
    field = "metadata.finalizers"
    errors = [invalid(field, name, text) for name in found for text in names.qualified_name(name)]
    if "orphan" in found and "foregroundDeletion" in found:
        errors.append(invalid(field, found, "finalizer orphan and foregroundDeletion cannot be both set"))
    return errors + (_finalizer_names(meta) if native else [])


def _finalizer_names(meta: Mapping[str, Any]) -> list[FieldError]:
    found: Iterable[str] = meta.get("finalizers") or ()
    return [
        invalid(
            f"metadata.finalizers[{index}]",
            name,
            "name is neither a standard finalizer name nor is it fully qualified",
        )
        for index, name in enumerate(found)
        if "/" not in name and name not in _STANDARD_FINALIZERS
    ]
