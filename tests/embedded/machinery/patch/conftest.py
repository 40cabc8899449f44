from __future__ import annotations

import pytest

from grader.embedded.schema.types import Schema, TypeInfo


@pytest.fixture(scope="session")
def schema() -> Schema:
    return Schema.load()


@pytest.fixture(scope="session")
def deployment(schema: Schema) -> TypeInfo:
    found = schema.kind("apps/v1", "Deployment")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def pod(schema: Schema) -> TypeInfo:
    found = schema.kind("v1", "Pod")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def custom(schema: Schema) -> TypeInfo:
    """A custom resource with a keyed list, a set, and a part that keeps unknown fields."""
    return TypeInfo.from_openapi(
        {
            "type": "object",
            "properties": {
                "spec": {
                    "type": "object",
                    "properties": {
                        "replicas": {"type": "integer"},
                        "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
                        "ports": {
                            "type": "array",
                            "x-kubernetes-list-type": "map",
                            "x-kubernetes-list-map-keys": ["port", "protocol"],
                            "items": {
                                "type": "object",
                                "properties": {
                                    "port": {"type": "integer"},
                                    "protocol": {"type": "string", "default": "TCP"},
                                    "name": {"type": "string"},
                                },
                            },
                        },
                        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                        "plain": {"type": "array", "items": {"type": "integer"}},
                    },
                },
                "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
            },
        },
        "Widget",
        schema.object_meta,
    )
