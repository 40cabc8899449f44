"""Discovery documents."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from grader.embedded.api.discovery import Discovery, version_rank
from grader.embedded.resources import Resource, Resources, Subresource


@pytest.fixture
def resources() -> Resources:
    return Resources.builtin()


def document(discovery: Discovery, path: str) -> dict[str, Any]:
    found = discovery.document(path)
    assert found is not None
    value: dict[str, Any] = orjson.loads(found)
    return value


def crontabs(version: str) -> Resource:
    return Resource(
        group="example.com",
        version=version,
        plural="crontabs",
        singular="crontab",
        kind="CronTab",
        namespaced=True,
        verbs=("get", "list", "watch"),
        short_names=("ct",),
        subresources=(
            Subresource("status", "CronTab", "example.com", version, ("get",)),
            Subresource("scale", "Scale", "autoscaling", "v1", ("get",)),
        ),
        custom=True,
    )


def test_the_core_group_and_the_named_groups_are_apart(resources: Resources) -> None:
    discovery = Discovery(resources)
    core = orjson.loads(discovery.aggregated("/api", "v2")[0])
    named = orjson.loads(discovery.aggregated("/apis", "v2")[0])
    assert [item["metadata"] for item in core["items"]] == [{}]
    assert {"name": "apps"} in [item["metadata"] for item in named["items"]]
    assert {"name": ""} not in [item["metadata"] for item in named["items"]]


def test_aggregated_discovery_describes_resources_and_subresources(resources: Resources) -> None:
    found = orjson.loads(Discovery(resources).aggregated("/apis", "v2")[0])
    apps = next(item for item in found["items"] if item["metadata"]["name"] == "apps")
    deployments = next(r for r in apps["versions"][0]["resources"] if r["resource"] == "deployments")
    verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    assert deployments == {
        "resource": "deployments",
        "responseKind": {"group": "", "version": "", "kind": "Deployment"},
        "scope": "Namespaced",
        "singularResource": "deployment",
        "verbs": verbs,
        "shortNames": ["deploy"],
        "categories": ["all"],
        "subresources": [
            {
                "subresource": "scale",
                "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"},
                "verbs": ["get", "patch", "update"],
            },
            {
                "subresource": "status",
                "responseKind": {"group": "", "version": "", "kind": "Deployment"},
                "verbs": ["get", "patch", "update"],
            },
        ],
    }
    assert apps["versions"][0]["freshness"] == "Current"


def test_the_older_version_of_aggregated_discovery_is_served_too(resources: Resources) -> None:
    found = orjson.loads(Discovery(resources).aggregated("/api", "v2beta1")[0])
    assert found["apiVersion"] == "apidiscovery.k8s.io/v2beta1"


def test_entity_tags_change_with_the_resources_only(resources: Resources) -> None:
    discovery = Discovery(resources)
    first = discovery.aggregated("/apis", "v2")[1]
    assert discovery.aggregated("/apis", "v2")[1] == first
    resources.add(crontabs("v1"))
    assert discovery.aggregated("/apis", "v2")[1] != first
    resources.remove(crontabs("v1"))
    assert discovery.aggregated("/apis", "v2")[1] == first


def test_groups_and_versions_are_listed(resources: Resources) -> None:
    discovery = Discovery(resources, "10.0.0.1:6443")
    assert document(discovery, "/api")["versions"] == ["v1"]
    assert document(discovery, "/api")["serverAddressByClientCIDRs"][0]["serverAddress"] == "10.0.0.1:6443"
    groups = {group["name"]: group for group in document(discovery, "/apis")["groups"]}
    assert groups["autoscaling"]["versions"] == [
        {"groupVersion": "autoscaling/v2", "version": "v2"},
        {"groupVersion": "autoscaling/v1", "version": "v1"},
    ]
    assert document(discovery, "/apis/apps")["preferredVersion"] == {"groupVersion": "apps/v1", "version": "v1"}


def test_resources_of_a_version_are_listed(resources: Resources) -> None:
    discovery = Discovery(resources)
    core = document(discovery, "/api/v1")
    assert core["groupVersion"] == "v1"
    entries = {entry["name"]: entry for entry in core["resources"]}
    assert list(entries) == sorted(entries)
    assert entries["pods"]["shortNames"] == ["po"]
    assert entries["pods"]["storageVersionHash"] == "xPOwRZ+Yhw8="
    assert entries["pods/eviction"] == {
        "name": "pods/eviction",
        "singularName": "",
        "namespaced": True,
        "group": "policy",
        "version": "v1",
        "kind": "Eviction",
        "verbs": ["create"],
    }
    assert document(discovery, "/apis/apps/v1")["apiVersion"] == "v1"


@pytest.mark.parametrize("path", ["/apis/nothing", "/apis/apps/v9", "/api/v2", "/apis//v1", "/other"])
def test_there_is_nothing_at_other_paths(resources: Resources, path: str) -> None:
    assert Discovery(resources).document(path) is None


def test_custom_resources_name_their_group_and_prefer_stable_versions(resources: Resources) -> None:
    discovery = Discovery(resources)
    for version in ("v1beta1", "v1", "v2alpha1"):
        resources.add(crontabs(version))
    found = orjson.loads(discovery.aggregated("/apis", "v2")[0])["items"][-1]
    assert [version["version"] for version in found["versions"]] == ["v1", "v1beta1", "v2alpha1"]
    crontab = found["versions"][0]["resources"][0]
    assert crontab["responseKind"] == {"group": "example.com", "version": "v1", "kind": "CronTab"}
    assert crontab["subresources"][0]["responseKind"] == crontab["responseKind"]


def test_versions_are_ordered_as_kubernetes_prefers_them() -> None:
    wanted = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"]
    assert sorted(sorted(wanted), key=version_rank) == wanted
