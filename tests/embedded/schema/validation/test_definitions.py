"""Rules of CustomResourceDefinitions and of the schemas in them."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.objects import clone
from grader.embedded.schema.defaults import apply_defaults
from grader.embedded.schema.validation import validate, validate_update

_KIND = "customresourcedefinitions.apiextensions.k8s.io"
_ROOT = "spec.validation.openAPIV3Schema"


def _definition(schema: dict[str, Any], **version: Any) -> dict[str, Any]:
    obj = {
        "metadata": {"name": "tabs.example.com", "resourceVersion": "1"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "tabs", "kind": "Tab"},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **version}
            ],
        },
    }
    apply_defaults(_KIND, obj)
    return obj


def _errors(definition: dict[str, Any]) -> list[str]:
    return [str(error) for error in validate(_KIND, definition)]


def _spec(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"spec": {"type": "object", "properties": properties}}}


@pytest.mark.parametrize(
    ("schema", "messages"),
    [
        (_spec(a={"type": "string", "default": "x"}), []),
        ({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, []),
        (_spec(a={"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}), []),
        (
            {"type": "array", "items": {"type": "string"}},
            [f'{_ROOT}.type: Invalid value: "array": must be object at the root'],
        ),
        (
            _spec(a={"type": "array"}),
            [f"{_ROOT}.properties[spec].properties[a].items: Required value: must be specified"],
        ),
        (
            _spec(a={"type": "string", "default": 7}),
            [
                f'{_ROOT}.properties[spec].properties[a].default: Invalid value: "integer": '
                f'{_ROOT}.properties[spec].properties[a].default in body must be of type string: "integer"'
            ],
        ),
        (
            _spec(
                a={
                    "type": "object",
                    "properties": {"b": {"type": "string"}},
                    "additionalProperties": {"type": "string"},
                }
            ),
            [
                f"{_ROOT}.properties[spec].properties[a].additionalProperties: Forbidden: "
                "additionalProperties and properties are mutual exclusive"
            ],
        ),
        (
            {"type": "object", "properties": {"metadata": {"type": "object", "required": ["labels"]}}},
            [
                f"{_ROOT}.properties[metadata]: Forbidden: must not specify anything other than name and "
                "generateName, but metadata is implicitly specified"
            ],
        ),
        (
            {"type": "object", "anyOf": [{"properties": {"a": {"type": "string"}}}]},
            [
                f"{_ROOT}.anyOf[0].properties[a].type: Forbidden: must be empty to be structural",
                f"{_ROOT}.properties[a]: Required value: because it is defined in {_ROOT}.anyOf[0].properties[a]",
            ],
        ),
        (
            _spec(a={"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "map"}),
            [
                f"{_ROOT}.properties[spec].properties[a].x-kubernetes-list-map-keys: Required value: "
                "must not be empty if x-kubernetes-list-type is map"
            ],
        ),
        (
            _spec(a={"$ref": "#/definitions/b"}),
            [f"{_ROOT}.properties[spec].properties[a].$ref: Forbidden: $ref is not supported"],
        ),
    ],
)
def test_schemas(schema: dict[str, Any], messages: list[str]) -> None:
    assert _errors(_definition(schema)) == messages


def test_a_bad_pattern_is_refused_with_its_definition() -> None:
    (message,) = _errors(_definition(_spec(a={"type": "string", "pattern": "("})))
    assert message.startswith(f'{_ROOT}.properties[spec].properties[a].pattern: Invalid value: "(": must be a valid')


def test_a_schema_that_never_ends_is_refused() -> None:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(400):
        schema = {"type": "object", "properties": {"a": schema}}
    (message,) = _errors(_definition(schema))
    assert "must not nest schemas deeper than" in message


def test_what_versions_do_not_share_is_told_of_each() -> None:
    definition = _definition({"type": "object"})
    other = {"name": "v2", "served": True, "schema": {"openAPIV3Schema": {}}}
    definition["spec"]["versions"].append(other)
    assert _errors(definition) == [
        "spec.versions[1].schema.openAPIV3Schema.type: Required value: must not be empty at the root"
    ]


def test_scale_paths_lie_where_they_should() -> None:
    scale = {"specReplicasPath": ".status.replicas", "statusReplicasPath": "replicas"}
    assert _errors(_definition({"type": "object"}, subresources={"scale": scale})) == [
        'spec.subresources.scale.specReplicasPath: Invalid value: ".status.replicas": '
        "should be a json path under .spec",
        'spec.subresources.scale.statusReplicasPath: Invalid value: "replicas": '
        "must be a simple json path starting with .",
    ]


def test_groups_of_kubernetes_need_an_approval() -> None:
    definition = _definition({"type": "object"})
    definition["metadata"]["name"] = "tabs.apps.k8s.io"
    definition["spec"]["group"] = "apps.k8s.io"
    (message,) = _errors(definition)
    assert message.startswith("metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups")


def test_the_scope_stays_once_the_definition_is_established() -> None:
    old = _definition({"type": "object"})
    old["status"]["conditions"] = [{"type": "Established", "status": "True"}]
    new = clone(old)
    new["spec"]["scope"] = "Cluster"
    assert [str(error) for error in validate_update(_KIND, new, old)] == [
        'spec.scope: Invalid value: "Cluster": field is immutable'
    ]


def test_a_stored_version_cannot_be_dropped() -> None:
    old = _definition({"type": "object"})
    new = clone(old)
    new["status"]["storedVersions"] = ["v0", "v1"]
    assert [str(error) for error in validate_update(_KIND, new, old)] == [
        'status.storedVersions[0]: Invalid value: "v0": must appear in spec.versions'
    ]
