from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from grader.embedded.resources import Resource, Resources, Subresource
from grader.embedded.schema.openapi import Documents

WIDGET = Resource(
    group="example.com",
    version="v1",
    plural="widgets",
    singular="widget",
    kind="Widget",
    namespaced=True,
    verbs=("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"),
    subresources=(Subresource("scale", "Scale", "autoscaling", "v1", ("get", "patch", "update")),),
    custom=True,
)


class Custom:
    """Schemas that a test can change."""

    def __init__(self) -> None:
        self.now: dict[str, Any] = {"type": "object", "properties": {"spec": {"type": "object"}}}

    def schema(self, resource: Resource) -> Mapping[str, Any]:
        return self.now


@pytest.fixture
def custom() -> Custom:
    return Custom()


@pytest.fixture
def documents(custom: Custom) -> Documents:
    return Documents([*Resources.builtin(), WIDGET], custom)


def read(documents: Documents, path: str) -> dict[str, Any]:
    found = documents.find(path)
    assert found is not None
    document: dict[str, Any] = orjson.loads(found.body)
    return document


def test_the_index_leads_to_every_document(documents: Documents) -> None:
    paths = read(documents, "/openapi/v3")["paths"]
    assert {"api/v1", "apis/apps/v1", "apis/example.com/v1"} <= paths.keys()
    for path, entry in paths.items():
        found = documents.find(f"/openapi/v3/{path}")
        assert found is not None
        assert entry["serverRelativeURL"] == f"/openapi/v3/{path}?hash={found.hash}"


def test_a_document_holds_everything_it_refers_to(documents: Documents) -> None:
    for path in ("api/v1", "apis/apps/v1", "apis/example.com/v1"):
        found = documents.find(f"/openapi/v3/{path}")
        assert found is not None
        schemas = orjson.loads(found.body)["components"]["schemas"]
        for part in found.body.split(b'"#/components/schemas/')[1:]:
            assert part.split(b'"')[0].decode() in schemas


def test_descriptions_and_patch_metadata_are_there(documents: Documents) -> None:
    schemas = read(documents, "/openapi/v3/apis/apps/v1")["components"]["schemas"]
    spec = schemas["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert spec["x-kubernetes-patch-merge-key"] == "name"
    assert "containers belonging to the pod" in spec["description"]


def test_operations_say_what_they_take(documents: Documents) -> None:
    paths = read(documents, "/openapi/v3/apis/apps/v1")["paths"]
    operation = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert operation["x-kubernetes-group-version-kind"] == {"group": "apps", "version": "v1", "kind": "Deployment"}
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert names == {"dryRun", "fieldManager", "fieldValidation", "force"}
    assert "application/strategic-merge-patch+json" in operation["requestBody"]["content"]


def test_a_custom_resource_is_described_by_its_schema(documents: Documents, custom: Custom) -> None:
    before = documents.find("/openapi/v3/apis/example.com/v1")
    document = read(documents, "/openapi/v3/apis/example.com/v1")
    widget = document["components"]["schemas"]["com.example.v1.Widget"]
    assert widget["properties"].keys() == {"apiVersion", "kind", "metadata", "spec"}
    assert widget["x-kubernetes-group-version-kind"] == [{"group": "example.com", "version": "v1", "kind": "Widget"}]
    patch = document["paths"]["/apis/example.com/v1/namespaces/{namespace}/widgets/{name}"]["patch"]
    assert "application/strategic-merge-patch+json" not in patch["requestBody"]["content"]
    custom.now = {"type": "object", "properties": {"other": {"type": "string"}}}
    after = documents.find("/openapi/v3/apis/example.com/v1")
    assert before is not None
    assert after is not None
    assert before.hash != after.hash
    assert b'"other"' in after.body


def test_the_older_format_says_the_same(documents: Documents) -> None:
    document = read(documents, "/openapi/v2")
    assert document["swagger"] == "2.0"
    assert b"#/components/" not in orjson.dumps(document)
    reference = document["definitions"]["io.k8s.api.apps.v1.DeploymentSpec"]["properties"]["template"]["$ref"]
    assert reference == "#/definitions/io.k8s.api.core.v1.PodTemplateSpec"
    operation = document["paths"]["/api/v1/namespaces/{namespace}/pods"]["post"]
    assert operation["parameters"][-1]["in"] == "body"


@pytest.mark.parametrize("path", ["/openapi", "/openapi/v4", "/openapi/v3/apis/nope/v1", "/openapi/v3/"])
def test_other_paths_have_no_document(documents: Documents, path: str) -> None:
    assert documents.find(path) is None
