"""Structural schemas: what a CustomResourceDefinition's OpenAPI schema must be like for objects to be pruned by it.

(k8s.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions, "Specifying a structural schema".)
Value validations (`allOf`, `anyOf`, `oneOf`, `not`) may restrict what the schema's own body declares, and no more.
"""

from __future__ import annotations

from typing import Any

from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, required
from grader.embedded.schema.linear_regex import PatternError, compile_pattern

Schema = dict[str, Any]

_JUNCTORS = ("anyOf", "allOf", "oneOf")
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
_TYPE_WORDS = {
    "root": "must not be empty at the root",
    "item": "must not be empty for specified array items",
    "field": "must not be empty for specified object fields",
}
_EMBEDDED = "must be object if x-kubernetes-embedded-resource is true"
_FORBIDDEN_NESTED = (
    ("type", "must be empty to be structural"),
    ("additionalProperties", "must be undefined to be structural"),
    ("default", "must be undefined to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
    ("x-kubernetes-embedded-resource", "must be false to be structural"),
    ("x-kubernetes-int-or-string", "must be false to be structural"),
    ("x-kubernetes-list-map-keys", "must be empty to be structural"),
    ("x-kubernetes-list-type", "must be undefined to be structural"),
    ("x-kubernetes-map-type", "must be undefined to be structural"),
    ("x-kubernetes-validations", "must be empty to be structural"),
)
_METADATA_WORDS = "must not specify anything other than name and generateName, but metadata is implicitly specified"


def structural_errors(schema: Schema, field: str) -> list[FieldError]:
    """Errors of a schema that is not structural, sorted by their text as the API server sorts them."""
    errors = _invariants(schema, "root", field) + _completeness(schema, schema, field, field)
    return sorted(errors, key=str)


def _invariants(schema: Schema, level: str, field: str) -> list[FieldError]:
    kind, items, extra = schema.get("type", ""), schema.get("items"), schema.get("additionalProperties")
    errors: list[FieldError] = []
    if kind == "array" and items is None:
        errors.append(required(f"{field}.items", "must be specified"))
    if isinstance(items, dict):
        errors += _invariants(items, "item", f"{field}.items")
    for name, part in (schema.get("properties") or {}).items():
        errors += _invariants(part, "field", f"{field}.properties[{name}]")
    if extra is not None and level == "root":
        errors.append(forbidden(f"{field}.additionalProperties", "must not be used at the root"))
    if isinstance(extra, dict):
        errors += _invariants(extra, "field", f"{field}.additionalProperties")
    errors += _extensions(schema, field)
    errors += _values(schema, field, lenient=True)
    errors += _type(schema, level, field)
    return errors + _identity(schema, level, field)


def _extensions(schema: Schema, field: str) -> list[FieldError]:
    if not schema.get("x-kubernetes-int-or-string"):
        return []
    return [
        invalid(f"{field}.{name}", True, "must be false if x-kubernetes-int-or-string is true")
        for name in ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")
        if schema.get(name)
    ]


def _type(schema: Schema, level: str, field: str) -> list[FieldError]:
    kind, place = schema.get("type", ""), f"{field}.type"
    embedded, keeps = (schema.get(f"x-kubernetes-{n}") for n in ("embedded-resource", "preserve-unknown-fields"))
    errors: list[FieldError] = []
    if embedded and kind != "object":
        errors.append(invalid(place, kind, _EMBEDDED) if kind else required(place, _EMBEDDED))
    elif not kind and not schema.get("x-kubernetes-int-or-string") and not keeps:
        errors.append(required(place, _TYPE_WORDS[level]))
    if embedded and schema.get("additionalProperties") is not None:
        text = "must not be used if x-kubernetes-embedded-resource is set"
        errors.append(forbidden(f"{field}.additionalProperties", text))
    if level == "root" and kind and kind != "object":
        errors.append(invalid(place, kind, "must be object at the root"))
    if embedded and not keeps and not schema.get("properties"):
        text = "x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        errors.append(required(f"{field}.properties", f"must not be empty if {text}"))
    return errors


def _identity(schema: Schema, level: str, field: str) -> list[FieldError]:
    """The fields that every object has keep their meaning: kind, apiVersion, metadata."""
    properties = schema.get("properties") or {}
    checked = level == "root" or bool(schema.get("x-kubernetes-embedded-resource"))
    errors: list[FieldError] = []
    for name in ("kind", "apiVersion"):
        if checked and name in properties and properties[name].get("type", "") != "string":
            kind = properties[name].get("type", "")
            errors.append(invalid(f"{field}.properties[{name}].type", kind, "must be string"))
    metadata = properties.get("metadata")
    if metadata is None:
        return errors
    place = f"{field}.properties[metadata]"
    if checked and metadata.get("type", "") != "object":
        errors.append(invalid(f"{place}.type", metadata.get("type", ""), "must be object"))
    if level == "root" and not _names_only(metadata):
        errors.append(forbidden(place, _METADATA_WORDS))
    return errors


def _names_only(metadata: Schema) -> bool:
    known = set(metadata.get("properties") or ()) <= {"name", "generateName"}
    return known and not {key for key, value in metadata.items() if value} - {"type", "properties", "default"}


def _values(schema: Schema, field: str, *, lenient: bool, skip_any: bool = False) -> list[FieldError]:
    """Errors of the value validations of a schema. `lenient`: the two ways to spell int-or-string are allowed."""
    errors: list[FieldError] = []
    for junctor in _JUNCTORS:
        for index, part in enumerate(schema.get(junctor) or ()):
            if junctor == "anyOf" and (skip_any or (lenient and schema["anyOf"] == _INT_OR_STRING)):
                continue
            first = lenient and junctor == "allOf" and index == 0 and part.get("anyOf") == _INT_OR_STRING
            errors += _nested(part, f"{field}.{junctor}[{index}]", skip_any=first)
    if isinstance(schema.get("not"), dict):
        errors += _nested(schema["not"], f"{field}.not")
    pattern = schema.get("pattern")
    if pattern:
        try:
            compile_pattern(pattern)
        except PatternError as trouble:
            text = f"must be a valid regular expression, but isn't: error parsing regexp: {trouble}"
            errors.append(invalid(f"{field}.pattern", pattern, text))
    return errors


def _nested(schema: Schema, field: str, *, skip_any: bool = False) -> list[FieldError]:
    errors = _values(schema, field, lenient=False, skip_any=skip_any)
    if isinstance(schema.get("items"), dict):
        errors += _nested(schema["items"], f"{field}.items")
    for name, part in (schema.get("properties") or {}).items():
        errors += _nested(part, f"{field}.properties[{name}]")
    for name, text in _FORBIDDEN_NESTED:
        if schema.get(name) or (name == "default" and schema.get(name) is not None):
            errors.append(forbidden(f"{field}.{name}", text))
    if "metadata" in (schema.get("properties") or {}):
        errors.append(forbidden(f"{field}.properties[metadata]", "must not be specified in a nested context"))
    return errors


def _completeness(values: Schema, schema: Schema, field: str, place: str) -> list[FieldError]:
    """Errors for fields that a value validation speaks of and the schema's body does not declare."""
    errors: list[FieldError] = []
    for junctor in _JUNCTORS:
        for index, part in enumerate(values.get(junctor) or ()):
            errors += _declared(part, schema, field, f"{place}.{junctor}[{index}]")
    if isinstance(values.get("not"), dict):
        errors += _declared(values["not"], schema, field, f"{place}.not")
    return errors


def _declared(values: Schema, schema: Schema | None, field: str, place: str) -> list[FieldError]:
    if schema is None:
        return [required(field, f"because it is defined in {place}")]
    errors = _completeness(values, schema, field, place)
    if isinstance(values.get("items"), dict):
        items = schema.get("items") if isinstance(schema.get("items"), dict) else None
        errors += _declared(values["items"], items, f"{field}.items", f"{place}.items")
    properties = schema.get("properties") or {}
    for name, part in (values.get("properties") or {}).items():
        suffix = f".properties[{name}]"
        errors += _declared(part, properties.get(name), field + suffix, place + suffix)
    return errors
