"""Rules of the OpenAPI schemas inside CustomResourceDefinitions: which keywords they may use, and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation.custom import validate_custom
from grader.embedded.schema.validation.structural import structural_errors

Schema = dict[str, Any]

_TYPES = ["array", "boolean", "integer", "number", "object", "string"]
_UNSUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
_DEPTH_LIMIT = 64
_ROOT_FIELDS = {
    "description": "Description",
    "type": "Type",
    "format": "Format",
    "title": "Title",
    "maximum": "Maximum",
    "exclusiveMaximum": "ExclusiveMaximum",
    "minimum": "Minimum",
    "exclusiveMinimum": "ExclusiveMinimum",
    "maxLength": "MaxLength",
    "minLength": "MinLength",
    "pattern": "Pattern",
    "maxItems": "MaxItems",
    "minItems": "MinItems",
    "uniqueItems": "UniqueItems",
    "multipleOf": "MultipleOf",
    "required": "Required",
    "items": "Items",
    "properties": "Properties",
    "externalDocs": "ExternalDocs",
    "example": "Example",
    "x-kubernetes-preserve-unknown-fields": "XPreserveUnknownFields",
    "x-kubernetes-validations": "XValidations",
}
_ONLY_WITH_STATUS = "at the root of the schema if the status subresource is enabled"
_LIST_MAP = "if x-kubernetes-list-type is map"
_KEYS = "x-kubernetes-list-map-keys"


def schema_errors(schema: Schema, field: str, *, has_status: bool) -> list[FieldError]:
    """Errors of a definition's root schema at `field`. `has_status`: the kind has the status subresource."""
    if _too_deep(schema):
        text = f"must not nest schemas deeper than {_DEPTH_LIMIT} levels"
        return [invalid(field, "", text)]
    errors = _root_with_status(schema, field) if has_status else []
    if schema.get("nullable"):
        errors.append(forbidden(f"{field}.nullable", "nullable cannot be true at the root"))
    if not _has_unsupported(schema):
        errors += structural_errors(schema, field) or _defaults(schema, field)
    return errors + _keywords(schema, field)


def _has_unsupported(schema: Schema) -> bool:
    """Whether a schema uses keywords that no structural schema can have; they are told of alone."""
    if any(schema.get(name) for name in _UNSUPPORTED) or isinstance(schema.get("items"), list):
        return True
    return any(_has_unsupported(part) for part, _ in _children(schema, ""))


def _too_deep(schema: Schema) -> bool:
    """Whether schemas nest beyond the limit; one schema in another is two containers deeper."""
    level: list[Any] = [schema]
    for _ in range(_DEPTH_LIMIT * 2):
        level = [part for item in level for part in _parts(item)]
    return bool(level)


def _parts(value: Any) -> list[Any]:
    found = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [part for part in found if isinstance(part, (dict, list))]


def _root_with_status(schema: Schema, field: str) -> list[FieldError]:
    kind = schema.get("type", "")
    errors: list[FieldError] = []
    if kind and kind != "object":
        text = f'only "object" is allowed as the type {_ONLY_WITH_STATUS}'
        errors.append(invalid(f"{field}.type", kind, text))
    elif any(value and name not in _ROOT_FIELDS for name, value in schema.items() if name != "nullable"):
        allowed = " ".join(_ROOT_FIELDS.values())
        errors.append(invalid(field, schema, f"only [{allowed}] fields are allowed {_ONLY_WITH_STATUS}"))
    return errors


def _children(schema: Schema, field: str) -> Iterator[tuple[Schema, str]]:
    """The schemas inside a schema, in the order they are looked at."""
    if isinstance(schema.get("additionalProperties"), dict):
        yield schema["additionalProperties"], f"{field}.additionalProperties"
    for name, part in sorted((schema.get("properties") or {}).items()):
        yield part, f"{field}.properties[{name}]"
    if isinstance(schema.get("not"), dict):
        yield schema["not"], f"{field}.not"
    for junctor in ("allOf", "oneOf", "anyOf"):
        for index, part in enumerate(schema.get(junctor) or ()):
            yield part, f"{field}.{junctor}[{index}]"
    if isinstance(schema.get("items"), dict):
        yield schema["items"], f"{field}.items"


def _keywords(schema: Schema, field: str) -> list[FieldError]:
    errors = _standard(schema, field)
    if schema.get("uniqueItems"):
        text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        errors.append(forbidden(f"{field}.uniqueItems", text))
    extra = schema.get("additionalProperties")
    if extra is not None and extra is not True and schema.get("properties"):
        text = "additionalProperties and properties are mutual exclusive"
        errors.append(forbidden(f"{field}.additionalProperties", text))
    for part, place in _children(schema, field):
        errors += _keywords(part, place)
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        errors.append(invalid(f"{field}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined"))
    errors += _container_type(schema, field, "map", "object", ["granular", "atomic"])
    errors += _container_type(schema, field, "list", "array", ["atomic", "set", "map"])
    errors += _list_map(schema, field)
    for index, rule in enumerate(schema.get("x-kubernetes-validations") or ()):
        if not (rule.get("rule") or "").strip():
            errors.append(required(f"{field}.x-kubernetes-validations[{index}].rule", "rule is not specified"))
    return errors


def _standard(schema: Schema, field: str) -> list[FieldError]:
    kind, errors = schema.get("type", ""), []
    if kind and kind not in _TYPES:
        errors.append(not_supported(f"{field}.type", kind, _TYPES))
    for name in _UNSUPPORTED:
        if schema.get(name) or (name in ("dependencies", "$ref") and schema.get(name) is not None):
            errors.append(forbidden(f"{field}.{name}", f"{name} is not supported"))
    if kind == "null":
        errors.append(forbidden(f"{field}.type", "type cannot be set to null, use nullable as an alternative"))
    if isinstance(schema.get("items"), list):
        errors.append(forbidden(f"{field}.items", "items must be a schema object and not an array"))
    return errors


def _container_type(schema: Schema, field: str, word: str, kind: str, known: list[str]) -> list[FieldError]:
    name = f"x-kubernetes-{word}-type"
    value, found = schema.get(name), schema.get("type", "")
    if value is None:
        return []
    errors: list[FieldError] = []
    if found != kind:
        text = f"must be {kind} if {name} is specified"
        errors.append(invalid(f"{field}.type", found, text) if found else required(f"{field}.type", text))
    if value not in known:
        errors.append(not_supported(f"{field}.{name}", value, known))
    return errors


def _list_map(schema: Schema, field: str) -> list[FieldError]:
    kind, keys, items = schema.get("x-kubernetes-list-type"), schema.get(_KEYS) or [], schema.get("items")
    if kind != "map":
        place, text = f"{field}.x-kubernetes-list-type", f"must be map if {_KEYS} is non-empty"
        if not keys:
            return []
        return [required(place, text) if kind is None else invalid(place, kind, text)]
    errors: list[FieldError] = []
    if not keys:
        errors.append(required(f"{field}.{_KEYS}", f"must not be empty {_LIST_MAP}"))
    if items is None:
        errors.append(required(f"{field}.items", f"must have a schema {_LIST_MAP}"))
    if not isinstance(items, dict):
        return errors
    if items.get("type", "") != "object":
        text = "must be object if parent array's x-kubernetes-list-type is map"
        return [*errors, invalid(f"{field}.items.type", items.get("type", ""), text)]
    return errors + _map_keys(keys, items, field)


def _map_keys(keys: list[str], items: Schema, field: str) -> list[FieldError]:
    properties = items.get("properties") or {}
    errors: list[FieldError] = []
    for index, key in enumerate(keys):
        place = f"{field}.items.properties[{key}]"
        part = properties.get(key)
        if part is None:
            errors.append(invalid(f"{field}.{_KEYS}", keys, "entries must all be names of item properties"))
        elif part.get("type") in ("array", "object"):
            text = "must be a scalar type if parent array's x-kubernetes-list-type is map"
            errors.append(invalid(f"{place}.type", part["type"], text))
        if key in keys[:index]:
            errors.append(invalid(f"{field}.{_KEYS}", keys, "must not contain duplicate entries"))
        if part is not None and key not in (items.get("required") or ()) and part.get("default") is None:
            text = f"this property is in {_KEYS}, so it must have a default or be a required property"
            errors.append(required(f"{place}.default", text))
    return errors


def _defaults(schema: Schema, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if schema.get("default") is not None:
        errors += validate_custom(schema["default"], schema, field=f"{field}.default")
    for part, place in _children(schema, field):
        errors += _defaults(part, place)
    return errors
