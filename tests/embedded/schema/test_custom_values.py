"""Defaulting and pruning of custom objects."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.schema.custom_values import default, prune

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "default": {},
            "properties": {
                "replicas": {"type": "integer", "default": 1},
                "mode": {"type": "string", "nullable": True, "default": "x"},
                "ports": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}},
                    },
                },
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "pod": {
                    "type": "object",
                    "x-kubernetes-embedded-resource": True,
                    "properties": {"spec": {"type": "object"}},
                },
            },
        }
    },
}


@pytest.mark.parametrize(
    ("obj", "kept", "dropped"),
    [
        ({"spec": {"replicas": 1, "colour": "x"}}, {"spec": {"replicas": 1}}, ["spec.colour"]),
        ({"kind": "A", "metadata": {"name": "a"}, "extra": 1}, {"kind": "A", "metadata": {"name": "a"}}, ["extra"]),
        (
            {"spec": {"ports": [{"port": 1}, {"prot": 2}]}},
            {"spec": {"ports": [{"port": 1}, {}]}},
            ["spec.ports[1].prot"],
        ),
        ({"spec": {"labels": {"a": "b"}}}, {"spec": {"labels": {"a": "b"}}}, []),
        ({"spec": {"free": {"a": {"b": [{}]}}}}, {"spec": {"free": {"a": {"b": [{}]}}}}, []),
        (
            {"spec": {"pod": {"kind": "Pod", "spec": {"x": 1}, "y": 2}}},
            {"spec": {"pod": {"kind": "Pod", "spec": {}}}},
            ["spec.pod.y", "spec.pod.spec.x"],
        ),
    ],
)
def test_undeclared_fields_are_pruned(obj: dict[str, Any], kept: dict[str, Any], dropped: list[str]) -> None:
    assert sorted(prune(obj, _SCHEMA)) == sorted(dropped)
    assert obj == kept


def test_pruning_walks_objects_nested_deeper_than_python_recurses() -> None:
    deep: Any = {"a": 1}
    for _ in range(5000):
        deep = [deep]
    obj = {"spec": {"ports": deep}}
    assert len(prune(obj, _SCHEMA)) == 1


def test_missing_values_get_their_defaults_outermost_first() -> None:
    obj: dict[str, Any] = {}
    default(obj, _SCHEMA)
    assert obj == {"spec": {"replicas": 1, "mode": "x"}}


def test_null_is_replaced_only_where_null_is_not_allowed() -> None:
    obj: dict[str, Any] = {"spec": {"replicas": None, "mode": None, "ports": [{"port": 1}]}}
    default(obj, _SCHEMA)
    assert obj == {"spec": {"replicas": 1, "mode": None, "ports": [{"port": 1, "protocol": "TCP"}]}}


def test_objects_do_not_share_their_defaults() -> None:
    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    default(first, _SCHEMA)
    default(second, _SCHEMA)
    first["spec"]["replicas"] = 7
    assert second["spec"]["replicas"] == 1
