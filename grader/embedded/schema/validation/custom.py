"""Custom objects against the schema of their definition, in the words of the API server's OpenAPI validator.

(k8s.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions; k8s.io/kube-openapi.)
Rules in CEL (`x-kubernetes-validations`) are not evaluated here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from grader.embedded.schema.custom_values import default, prune
from grader.embedded.schema.field_errors import (
    ErrorType,
    FieldError,
    duplicate,
    invalid,
    not_supported,
    required,
    too_long,
    too_many,
)
from grader.embedded.schema.linear_regex import PatternError, compile_pattern
from grader.embedded.schema.validation.formats import has_format

__all__ = ["default", "prune", "validate_custom"]

Schema = dict[str, Any]


def validate_custom(obj: Any, schema: Schema, old: Any = None, field: str = "") -> list[FieldError]:
    """Errors of a JSON value against a structural schema. `field` is where the value is, empty for an object's root.

    `old` is the object's former self in an update: what did not change is not blamed again ("validation ratcheting").
    Metadata is not looked at: its rules are the same for all kinds. The order is the validator's, properties sorted.
    """
    return _check(obj, schema, field, old) + _lists(obj, schema, field, old)


def _join(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _body(field: str, words: str) -> str:
    return f"{field} in body {words}"


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return _KINDS.get(type(value), "object")


_KINDS: dict[type, str] = {
    type(None): "null",
    str: "string",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
}


def _type_error(field: str, value: Any, wanted: str) -> FieldError:
    shown = value if isinstance(value, str) else str(value)
    text = f'{field} in body must be of type {wanted}: "{shown}"'
    return FieldError(ErrorType.TYPE_INVALID, field or "<nil>", value, text)


def _check(value: Any, schema: Schema, field: str, old: Any = None) -> list[FieldError]:
    if old is not None and _same(value, old):
        return []
    kind = _kind_of(value)
    errors = _type(value, kind, schema, field)
    if value is None:
        return errors
    errors += _junctors(value, schema, field)
    if kind == "object":
        return errors + _enumeration(value, schema, field) + _object(value, schema, field, old)
    if kind == "array":
        return errors + _array(value, schema, field, old) + _enumeration(value, schema, field)
    rule = _RULES.get(kind)
    if rule is not None:
        errors += rule(value, schema, field)
    return errors + _enumeration(value, schema, field)


def _same(value: Any, old: Any) -> bool:
    """Whether two JSON values are equal; `1` and `true`, equal in Python, are not."""
    return bool(value == old) and isinstance(value, bool) == isinstance(old, bool)


def _type(value: Any, kind: str, schema: Schema, field: str) -> list[FieldError]:
    wanted = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        fits, wanted = kind in ("integer", "string"), "integer,string"
    elif wanted == "number":
        fits = kind in ("integer", "number")
    elif wanted == "integer":
        fits = kind == "integer" or (kind == "number" and float(value).is_integer())
    else:
        fits = kind == wanted
    if not wanted or fits or (value is None and schema.get("nullable")):
        return []
    return [_type_error(field, kind, wanted)]


def _enumeration(value: Any, schema: Schema, field: str) -> list[FieldError]:
    allowed = schema.get("enum")
    if not allowed or any(_same(value, other) for other in allowed):
        return []
    shown = [other if isinstance(other, str) else orjson.dumps(other).decode() for other in allowed]
    return [not_supported(field or "<nil>", value, shown)]


def _string(text: str, schema: Schema, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    longest, shortest, pattern = schema.get("maxLength"), schema.get("minLength"), schema.get("pattern")
    if longest is not None and len(text) > longest:
        errors.append(too_long(field, longest))
    if shortest is not None and len(text) < shortest:
        errors.append(invalid(field, text, _body(field, f"should be at least {shortest} chars long")))
    if pattern and not _matches(pattern, text):
        errors.append(invalid(field, text, _body(field, f"should match '{pattern}'")))
    if schema.get("format") and not has_format(text, schema["format"]):
        errors.append(_type_error(field, text, schema["format"]))
    return errors


def _matches(pattern: str, text: str) -> bool:
    """Whether a text matches; a pattern that is none was refused with its definition, and refuses nothing."""
    try:
        return compile_pattern(pattern).search(text)
    except PatternError:
        return True


def _number(value: float, schema: Schema, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    step, least, most = schema.get("multipleOf"), schema.get("minimum"), schema.get("maximum")
    if step and _remainder(value, step):
        errors.append(invalid(field, value, _body(field, f"should be a multiple of {_shown(step)}")))
    if most is not None:
        strict = bool(schema.get("exclusiveMaximum"))
        if value > most or (strict and value == most):
            text = f"should be less than {'' if strict else 'or equal to '}{_shown(most)}"
            errors.append(invalid(field, value, _body(field, text)))
    if least is not None:
        strict = bool(schema.get("exclusiveMinimum"))
        if value < least or (strict and value == least):
            text = f"should be greater than {'' if strict else 'or equal to '}{_shown(least)}"
            errors.append(invalid(field, value, _body(field, text)))
    return errors


def _remainder(value: float, step: float) -> bool:
    if isinstance(value, int) and isinstance(step, int):
        return value % step != 0
    try:
        return not float(value / step).is_integer()
    except OverflowError:
        return False


def _shown(number: float) -> str:
    """A number as Go prints a float: no point when it is whole."""
    whole = isinstance(number, float) and number.is_integer() and abs(number) < 1e21
    return str(int(number)) if whole else str(number)


def _array(items: list[Any], schema: Schema, field: str, old: Any) -> list[FieldError]:
    errors: list[FieldError] = []
    least, most, part = schema.get("minItems"), schema.get("maxItems"), schema.get("items")
    if isinstance(part, dict):
        before = _correlated(old, schema)
        for index, item in enumerate(items):
            errors += _check(item, part, f"{field}[{index}]", before.get(_identity(item, schema)))
    if least is not None and len(items) < least:
        errors.append(invalid(field, len(items), _body(field, f"should have at least {least} items")))
    if most is not None and len(items) > most:
        errors.append(too_many(field, len(items), most))
    return errors


def _identity(item: Any, schema: Schema) -> bytes:
    """What makes an item of a list map the same one after a change: its keys."""
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    return orjson.dumps([item.get(key) for key in keys]) if isinstance(item, dict) else b""


def _correlated(old: Any, schema: Schema) -> dict[bytes, Any]:
    """The former items of a list map by what identifies them; items of other lists cannot be followed."""
    if schema.get("x-kubernetes-list-type") != "map" or not isinstance(old, list):
        return {}
    return {_identity(item, schema): item for item in old}


def _object(obj: dict[str, Any], schema: Schema, field: str, old: Any) -> list[FieldError]:
    errors: list[FieldError] = []
    least, most = schema.get("minProperties"), schema.get("maxProperties")
    place = field or "<nil>"
    if least is not None and len(obj) < least:
        errors.append(invalid(place, len(obj), _body(field, f"should have at least {least} properties")))
    if most is not None and len(obj) > most:
        errors.append(too_many(place, len(obj), most))
    errors += [required(_join(field, name)) for name in schema.get("required") or () if name not in obj]
    properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
    before = old if isinstance(old, dict) else {}
    for name in sorted(obj):
        part = properties.get(name, extra)
        if isinstance(part, dict):
            errors += _check(obj[name], part, _join(field, name), before.get(name))
    return errors


_RULES: dict[str, Callable[[Any, Schema, str], list[FieldError]]] = {
    "string": _string,
    "integer": _number,
    "number": _number,
}


def _junctors(value: Any, schema: Schema, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if schema.get("anyOf"):
        tried = [_check(value, part, field) for part in schema["anyOf"]]
        if all(tried):
            errors += [_rule_error(field, "must validate at least one schema (anyOf)"), *min(tried, key=len)]
    if schema.get("oneOf"):
        errors += _one_of([_check(value, part, field) for part in schema["oneOf"]], field)
    if schema.get("allOf"):
        tried = [_check(value, part, field) for part in schema["allOf"]]
        if any(tried):
            none = ". None validated" if all(tried) else ""
            errors += [error for part in tried for error in part]
            errors.append(_rule_error(field, f"must validate all the schemas (allOf){none}"))
    if isinstance(schema.get("not"), dict) and not _check(value, schema["not"], field):
        errors.append(_rule_error(field, "must not validate the schema (not)"))
    return errors


def _one_of(tried: list[list[FieldError]], field: str) -> list[FieldError]:
    good = sum(not part for part in tried)
    words = "must validate one and only one schema (oneOf). Found"
    if good == 0:
        return [_rule_error(field, f"{words} none valid"), *min(tried, key=len)]
    return [] if good == 1 else [_rule_error(field, f"{words} {good} valid alternatives")]


def _rule_error(field: str, words: str) -> FieldError:
    return invalid("<nil>", "", f'"{field}" {words}')


def _lists(value: Any, schema: Schema, field: str, old: Any = None) -> list[FieldError]:
    """Errors of lists that are sets or maps and name something twice."""
    errors: list[FieldError] = []
    if old is not None and _same(value, old):
        return errors
    if isinstance(value, list):
        kind, items = schema.get("x-kubernetes-list-type"), schema.get("items")
        if kind in ("set", "map"):
            keys = schema.get("x-kubernetes-list-map-keys") or []
            errors += _repeated(value, keys if kind == "map" else None, field)
        if isinstance(items, dict):
            for index, item in enumerate(value):
                errors += _lists(item, items, f"{field}[{index}]")
    elif isinstance(value, dict):
        properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
        before = old if isinstance(old, dict) else {}
        for name in sorted(value):
            part = properties.get(name, extra)
            if isinstance(part, dict):
                errors += _lists(value[name], part, _join(field, name), before.get(name))
    return errors


def _repeated(items: list[Any], keys: list[str] | None, field: str) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[bytes] = set()
    for index, item in enumerate(items):
        shown = item
        if keys is not None and isinstance(item, dict):
            shown = {key: item[key] for key in keys if key in item}
        text = orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)
        if text in seen:
            errors.append(duplicate(f"{field}[{index}]", shown))
        seen.add(text)
    return errors
