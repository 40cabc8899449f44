"""Custom objects against their schema, in the API server's words."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.schema.validation.custom import validate_custom

_SPEC: dict[str, Any] = {
    "replicas": {"type": "integer", "minimum": 1, "maximum": 10},
    "ratio": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "multipleOf": 0.5},
    "name": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]*$"},
    "mode": {"type": "string", "enum": ["a", "b"], "nullable": True},
    "when": {"type": "string", "format": "date-time"},
    "port": {"x-kubernetes-int-or-string": True},
    "set": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set", "maxItems": 2},
    "map": {
        "type": "array",
        "items": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}}},
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["key"],
    },
    "either": {"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
    "some": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "integer"}},
}
_SCHEMA = {"type": "object", "required": ["spec"], "properties": {"spec": {"type": "object", "properties": _SPEC}}}


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        ({"replicas": 3, "ratio": 1.5, "name": "ab", "mode": None, "port": "http"}, []),
        ({"replicas": 2.0}, []),
        (
            {"replicas": "3"},
            ['spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"'],
        ),
        (
            {"replicas": True},
            ['spec.replicas: Invalid value: "boolean": spec.replicas in body must be of type integer: "boolean"'],
        ),
        (
            {"replicas": None},
            ['spec.replicas: Invalid value: "null": spec.replicas in body must be of type integer: "null"'],
        ),
        (
            {"replicas": 0},
            ["spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1"],
        ),
        (
            {"replicas": 11},
            ["spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10"],
        ),
        ({"ratio": 0}, ["spec.ratio: Invalid value: 0: spec.ratio in body should be greater than 0"]),
        ({"ratio": 0.75}, ["spec.ratio: Invalid value: 0.75: spec.ratio in body should be a multiple of 0.5"]),
        ({"name": "a"}, ['spec.name: Invalid value: "a": spec.name in body should be at least 2 chars long']),
        ({"name": "abcde"}, ["spec.name: Too long: may not be more than 4 bytes"]),
        ({"name": "A1"}, ["spec.name: Invalid value: \"A1\": spec.name in body should match '^[a-z]*$'"]),
        ({"mode": "c"}, ['spec.mode: Unsupported value: "c": supported values: "a", "b"']),
        ({"when": "now"}, ['spec.when: Invalid value: "now": spec.when in body must be of type date-time: "now"']),
        (
            {"port": 1.5},
            ['spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"'],
        ),
        ({"set": ["a", "b", "c"]}, ["spec.set: Too many: 3: must have at most 2 items"]),
        ({"set": ["a", "a"]}, ['spec.set[1]: Duplicate value: "a"']),
        ({"map": [{"key": "a"}, {"key": "a"}]}, ['spec.map[1]: Duplicate value: {"key":"a"}']),
        ({"map": [{}]}, ["spec.map[0].key: Required value"]),
        (
            {"either": {"a": 1, "b": 1}},
            [
                '<nil>: Invalid value: "": "spec.either" must validate one and only one schema (oneOf). '
                "Found 2 valid alternatives"
            ],
        ),
        ({"some": {}}, ["spec.some: Invalid value: 0: spec.some in body should have at least 1 properties"]),
        (
            {"some": {"x": "1"}},
            ['spec.some.x: Invalid value: "string": spec.some.x in body must be of type integer: "string"'],
        ),
    ],
)
def test_a_custom_object_is_judged_by_its_schema(spec: dict[str, Any], messages: list[str]) -> None:
    assert [str(error) for error in validate_custom({"spec": spec}, _SCHEMA)] == messages


def test_a_missing_root_field_is_required() -> None:
    assert [str(error) for error in validate_custom({}, _SCHEMA)] == ["spec: Required value"]


def test_what_an_update_leaves_alone_is_not_blamed_again() -> None:
    old = {"spec": {"replicas": 0, "name": "ab", "map": [{"key": 1}]}}
    assert validate_custom({"spec": {**old["spec"], "name": "cd"}}, _SCHEMA, old) == []
    (error,) = validate_custom({"spec": {**old["spec"], "replicas": -1}}, _SCHEMA, old)
    assert error.field == "spec.replicas"
