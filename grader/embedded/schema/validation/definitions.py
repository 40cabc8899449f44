"""Rules of CustomResourceDefinitions (Kubernetes API reference: apiextensions.k8s.io/v1).

What all versions share (schema, subresources, columns) is reported at the spec, as the API server does it.
"""

from __future__ import annotations

from typing import Any

from grader.embedded.objects import Obj, is_true
from grader.embedded.schema.defaults.definitions import DEFINITIONS
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.definition_schemas import schema_errors
from grader.embedded.schema.validation.metadata import immutable, object_meta, object_meta_update

_SCOPES = ["Cluster", "Namespaced"]
_COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"]
_COLUMN_FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"]
_APPROVAL = "api-approved.kubernetes.io"
_APPROVAL_WORDS = (
    f'protected groups must have approval annotation "{_APPROVAL}", '
    "see https://github.com/kubernetes/enhancements/pull/1111"
)
_SHARED = ("schema", "subresources", "additionalPrinterColumns", "selectableFields")
_MIXED_CASE = "may have mixed case, but should otherwise match: "


def validate_definition(definition: Obj) -> list[FieldError]:
    spec = definition.get("spec") or {}
    wanted = f"{(spec.get('names') or {}).get('plural', '')}.{spec.get('group', '')}"

    def rule(name: str) -> list[str]:
        errors = names.dns_subdomain(name)
        return errors if name == wanted else [*errors, 'must be spec.names.plural+"."+spec.group']

    errors = object_meta(definition, rule, namespaced=False)
    errors += _spec(spec)
    return errors + _status(definition, spec) + _approval(definition, spec) + _unknown_fields(spec)


def validate_definition_update(new: Obj, old: Obj) -> list[FieldError]:
    """What objects are stored under stays: group and plural, and once established, scope and kind."""
    now, was = new.get("spec") or {}, old.get("spec") or {}
    names_now, names_were = now.get("names") or {}, was.get("names") or {}
    errors = object_meta_update(new, old) + _spec(now)
    if is_true(old, "Established"):
        errors += immutable("spec.scope", now.get("scope"), was.get("scope"))
        errors += immutable("spec.names.kind", names_now.get("kind"), names_were.get("kind"))
    errors += immutable("spec.group", now.get("group"), was.get("group"))
    errors += immutable("spec.names.plural", names_now.get("plural"), names_were.get("plural"))
    return errors + _status(new, now) + _approval(new, now) + _unknown_fields(now)


def validate_definition_status(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old)
    return errors + _names((new.get("status") or {}).get("acceptedNames") or {}, "status.acceptedNames")


def _spec(spec: Obj) -> list[FieldError]:
    versions = spec.get("versions") or []
    has_names = spec.get("names") or {}
    errors = _group(spec.get("group", "")) + _scope(spec.get("scope", ""))
    errors += [
        required(f"spec.versions[{index}].schema.openAPIV3Schema")
        for index, version in enumerate(versions)
        if (version.get("schema") or {}).get("openAPIV3Schema") is None
    ]
    errors += _versions(spec, versions)
    errors += [
        required(f"spec.names.{part}") for part in ("plural", "singular", "kind", "listKind") if not has_names.get(part)
    ]
    errors += _names(has_names, "spec.names")
    if versions:
        shared = {part: versions[0].get(part) for part in _shared(versions)}
        errors += _version(shared, "spec", "validation", _has_status(versions))
    return errors + _conversion(spec.get("conversion") or {})


def _group(group: str) -> list[FieldError]:
    if not group:
        return [required("spec.group")]
    trouble = names.dns_subdomain(group)
    if trouble:
        return [invalid("spec.group", group, ",".join(trouble))]
    return [] if "." in group else [invalid("spec.group", group, "should be a domain with at least one dot")]


def _scope(scope: str) -> list[FieldError]:
    if not scope:
        return [required("spec.scope")]
    return [] if scope in _SCOPES else [not_supported("spec.scope", scope, _SCOPES)]


def _shared(versions: list[Obj]) -> list[str]:
    """The parts that are the same in all versions."""
    return [part for part in _SHARED if all(version.get(part) == versions[0].get(part) for version in versions)]


def _has_status(versions: list[Obj]) -> bool:
    return any((version.get("subresources") or {}).get("status") is not None for version in versions)


def _versions(spec: Obj, versions: list[Obj]) -> list[FieldError]:
    shared = _shared(versions) if versions else []
    errors: list[FieldError] = []
    for index, version in enumerate(versions):
        field, name = f"spec.versions[{index}]", version.get("name", "")
        errors += _label(name, f"{field}.name")
        own = {part: version.get(part) for part in _SHARED if part not in shared}
        errors += _version(own, field, "schema", _has_status([version]))
    shown = spec.get("versions")
    if shown:
        shown = [_shown(version, shared) for version in versions]
    if len({version.get("name", "") for version in versions}) < len(versions):
        errors.append(invalid("spec.versions", shown, "must contain unique version names"))
    if sum(bool(version.get("storage")) for version in versions) != 1:
        errors.append(invalid("spec.versions", shown, "must have exactly one version marked as storage version"))
    first = versions[0].get("name", "") if versions else ""
    return errors + (_label(first, "spec.version") if first else [])


def _shown(version: Obj, shared: list[str]) -> dict[str, Any]:
    """A version as messages show it: all fields by their Go names, those that all versions share taken out."""
    kept = {part: None if part in shared else version.get(part) for part in _SHARED}
    return {
        "Name": version.get("name", ""),
        "Served": bool(version.get("served")),
        "Storage": bool(version.get("storage")),
        "Deprecated": bool(version.get("deprecated")),
        "DeprecationWarning": version.get("deprecationWarning"),
        **{part[0].upper() + part[1:]: value for part, value in kept.items()},
    }


def _version(parts: Obj, field: str, schema_name: str, has_status: bool) -> list[FieldError]:
    schema = (parts.get("schema") or {}).get("openAPIV3Schema")
    errors: list[FieldError] = []
    if schema is not None:
        errors += schema_errors(schema, f"{field}.{schema_name}.openAPIV3Schema", has_status=has_status)
    scale = (parts.get("subresources") or {}).get("scale")
    if scale is not None:
        errors += _scale(scale, f"{field}.subresources.scale")
    for index, column in enumerate(parts.get("additionalPrinterColumns") or ()):
        errors += _column(column, f"{field}.additionalPrinterColumns[{index}]")
    for index, selectable in enumerate(parts.get("selectableFields") or ()):
        errors += _json_path(selectable.get("jsonPath", ""), f"{field}.selectableFields[{index}].jsonPath")
    return errors


def _label(text: str, field: str, shown: str | None = None, words: str = "") -> list[FieldError]:
    trouble = names.dns_1035_label(text)
    return [invalid(field, text if shown is None else shown, words + ",".join(trouble))] if trouble else []


def _names(found: Obj, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for part in ("plural", "singular"):
        if found.get(part):
            errors += _label(found[part], f"{field}.{part}")
    for part in ("kind", "listKind"):
        if found.get(part):
            errors += _label(found[part].lower(), f"{field}.{part}", found[part], _MIXED_CASE)
    for index, name in enumerate(found.get("shortNames") or ()):
        errors += _label(name, f"{field}.shortNames[{index}]")
    if found.get("kind") and found["kind"] == found.get("listKind"):
        errors.append(invalid(f"{field}.listKind", found["listKind"], "kind and listKind may not be the same"))
    for index, name in enumerate(found.get("categories") or ()):
        errors += _label(name, f"{field}.categories[{index}]")
    return errors


def _column(column: Obj, field: str) -> list[FieldError]:
    kind, style = column.get("type", ""), column.get("format", "")
    one_of = f"must be one of {','.join(_COLUMN_TYPES)}"
    errors = [] if column.get("name") else [required(f"{field}.name")]
    if not kind:
        errors.append(required(f"{field}.type", one_of))
    elif kind not in _COLUMN_TYPES:
        errors.append(invalid(f"{field}.type", kind, one_of))
    if style and style not in _COLUMN_FORMATS:
        errors.append(invalid(f"{field}.format", style, f"must be one of {','.join(_COLUMN_FORMATS)}"))
    return errors + _json_path(column.get("jsonPath", ""), f"{field}.JSONPath")


def _json_path(path: str, field: str, under: str = "") -> list[FieldError]:
    if not path:
        return [required(field)]
    if not path.startswith("."):
        return [invalid(field, path, "must be a simple json path starting with .")]
    if under and not path.startswith(f"{under}."):
        return [invalid(field, path, f"should be a json path under {under}")]
    return []


def _scale(scale: Obj, field: str) -> list[FieldError]:
    errors = _json_path(scale.get("specReplicasPath", ""), f"{field}.specReplicasPath", ".spec")
    errors += _json_path(scale.get("statusReplicasPath", ""), f"{field}.statusReplicasPath", ".status")
    selector = scale.get("labelSelectorPath")
    if not selector:
        return errors
    under = ".spec" if selector.startswith(".spec.") else ".status"
    trouble = _json_path(selector, f"{field}.labelSelectorPath", under)
    return errors + [
        invalid(e.field, selector, e.detail.replace("under .status", "under either .spec or .status")) for e in trouble
    ]


def _conversion(conversion: Obj) -> list[FieldError]:
    strategy = conversion.get("strategy", "")
    field = "spec.conversion"
    if not strategy:
        return [required(f"{field}.strategy")]
    if strategy not in ("None", "Webhook"):
        return [not_supported(f"{field}.strategy", strategy, ["None", "Webhook"])]
    client = (conversion.get("webhook") or {}).get("clientConfig")
    if strategy == "None":
        text = "should not be set when strategy is not set to Webhook"
        return [] if client is None else [forbidden(f"{field}.webhookClientConfig", text)]
    if client is None:
        return [required(f"{field}.webhookClientConfig", "required when strategy is set to Webhook")]
    if (client.get("url") is None) == (client.get("service") is None):
        return [required(f"{field}.webhookClientConfig", "exactly one of url or service is required")]
    return []


def _status(definition: Obj, spec: Obj) -> list[FieldError]:
    status = definition.get("status") or {}
    field, stored = "status.storedVersions", status.get("storedVersions")
    errors = _names(status.get("acceptedNames") or {}, "status.acceptedNames")
    if not stored:
        return [*errors, invalid(field, stored, "must have at least one stored version")]
    versions = spec.get("versions") or []
    for version in versions:
        if version.get("storage") and version.get("name", "") not in stored:
            shown = _shown(version, _shared(versions))
            errors.append(invalid(field, shown, f"must have the storage version {version.get('name', '')}"))
    known = {version.get("name", "") for version in versions}
    return errors + [
        invalid(f"{field}[{index}]", name, "must appear in spec.versions")
        for index, name in enumerate(stored)
        if name not in known
    ]


def _approval(definition: Obj, spec: Obj) -> list[FieldError]:
    group = spec.get("group", "")
    if not (group in ("k8s.io", "kubernetes.io") or group.endswith((".k8s.io", ".kubernetes.io"))):
        return []
    annotation = ((definition.get("metadata") or {}).get("annotations") or {}).get(_APPROVAL, "")
    if annotation.startswith(("https://", "http://", "unapproved")):
        return []
    field = f"metadata.annotations[{_APPROVAL}]"
    return [invalid(field, annotation, _APPROVAL_WORDS) if annotation else required(field, _APPROVAL_WORDS)]


def _unknown_fields(spec: Obj) -> list[FieldError]:
    return [invalid("spec.preserveUnknownFields", True, "must be false")] if spec.get("preserveUnknownFields") else []


VALIDATORS: dict[str, Validator] = {
    DEFINITIONS: Validator(validate_definition, validate_definition_update, validate_definition_status)
}
