"""The verbs over HTTP, as a client meets them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import CORE, Api

APPS = "/apis/apps/v1/namespaces/default/deployments"


def deployment(name: str, **spec: Any) -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **spec},
    }


async def test_a_list_comes_in_pages_that_go_on_where_the_last_ended(api: Api) -> None:
    for number in range(5):
        await api.create("ConfigMap", f"c{number}", metadata={"labels": {"page": "yes"}})
    names: list[str] = []
    token = ""
    while True:
        found = await api.ask("GET", f"{CORE}/configmaps?labelSelector=page&limit=2&continue={token}", code=200)
        names += [item["metadata"]["name"] for item in found["items"]]
        token = found["metadata"].get("continue", "")
        if not token:
            break
    assert names == [f"c{number}" for number in range(5)]


async def test_a_bad_continue_token_is_refused(api: Api) -> None:
    await api.ask("GET", f"{CORE}/configmaps?limit=1&continue=nonsense", code=400)


async def test_a_dry_run_stores_nothing(api: Api) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "dry"}}
    await api.ask("POST", f"{CORE}/configmaps?dryRun=All", body, code=201)
    await api.ask("GET", f"{CORE}/configmaps/dry", code=404)


async def test_unknown_fields_are_errors_warnings_or_nothing_as_asked(api: Api) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "colour": "red"}
    refused = await api.ask("POST", f"{CORE}/configmaps?fieldValidation=Strict", body, code=400)
    assert 'strict decoding error: unknown field "colour"' in refused["message"]
    headers = {"Authorization": "Bearer the-administrator", "Content-Type": "application/json"}
    async with api.session.post(f"{CORE}/configmaps?fieldValidation=Warn", json=body, headers=headers) as answer:
        assert answer.status == 201
        assert answer.headers["Warning"] == '299 - "unknown field \\"colour\\""'
        assert "colour" not in await answer.json()


async def test_generated_names_begin_with_their_base(api: Api) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "web-"}}
    found = await api.ask("POST", f"{CORE}/configmaps", body, code=201)
    assert found["metadata"]["name"].startswith("web-")
    assert len(found["metadata"]["name"]) == len("web-") + 5


async def test_generation_counts_changes_of_spec_only(api: Api) -> None:
    await api.ask("POST", APPS, deployment("web"), code=201)
    merge = {"Content_Type": "application/merge-patch+json"}
    labelled = await api.ask("PATCH", f"{APPS}/web", {"metadata": {"labels": {"a": "b"}}}, code=200, **merge)
    assert labelled["metadata"]["generation"] == 1
    scaled = await api.ask("PATCH", f"{APPS}/web", {"spec": {"replicas": 3}}, code=200, **merge)
    assert scaled["metadata"]["generation"] == 2


async def test_an_update_from_an_old_version_is_a_conflict(api: Api) -> None:
    first = await api.create("ConfigMap", "c", data={"a": "1"})
    await api.ask("PUT", f"{CORE}/configmaps/c", {**first, "data": {"a": "2"}}, code=200)
    refused = await api.ask("PUT", f"{CORE}/configmaps/c", {**first, "data": {"a": "3"}}, code=409)
    assert refused["message"] == (
        'Operation cannot be fulfilled on configmaps "c": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )


async def test_status_is_written_through_its_subresource_only(api: Api) -> None:
    created = await api.ask("POST", APPS, {**deployment("web"), "status": {"replicas": 7}}, code=201)
    assert "replicas" not in created["status"]
    live = await api.ask("GET", f"{APPS}/web", code=200)
    live["status"]["replicas"] = 7
    live["spec"]["replicas"] = 9
    written = await api.ask("PUT", f"{APPS}/web/status", live, code=200)
    assert written["status"]["replicas"] == 7
    assert written["spec"]["replicas"] == 1


async def test_scale_reads_and_sets_replicas(api: Api) -> None:
    await api.ask("POST", APPS, deployment("web", replicas=2), code=201)
    scale = await api.ask("GET", f"{APPS}/web/scale", code=200)
    assert (scale["kind"], scale["spec"], scale["status"]["selector"]) == ("Scale", {"replicas": 2}, "app=web")
    scale["spec"]["replicas"] = 5
    await api.ask("PUT", f"{APPS}/web/scale", scale, code=200)
    assert (await api.ask("GET", f"{APPS}/web"))["spec"]["replicas"] == 5


async def test_an_object_with_a_finalizer_goes_when_the_finalizer_does(api: Api) -> None:
    await api.create("ConfigMap", "c", metadata={"finalizers": ["example.com/hold"]})
    marked = await api.ask("DELETE", f"{CORE}/configmaps/c", code=200)
    assert "deletionTimestamp" in marked["metadata"]
    merge = {"Content_Type": "application/merge-patch+json"}
    await api.ask("PATCH", f"{CORE}/configmaps/c", {"metadata": {"finalizers": None}}, code=200, **merge)
    await api.ask("GET", f"{CORE}/configmaps/c", code=404)


async def test_a_deletion_of_another_object_of_that_name_is_refused(api: Api) -> None:
    await api.create("ConfigMap", "c")
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "another"}}
    refused = await api.ask("DELETE", f"{CORE}/configmaps/c", options, code=409)
    assert "Precondition failed: UID in precondition: another" in refused["message"]


async def test_a_collection_is_deleted_by_its_selector(api: Api) -> None:
    for name, team in (("a", "x"), ("b", "x"), ("c", "y")):
        await api.create("ConfigMap", name, metadata={"labels": {"team": team}})
    await api.ask("DELETE", f"{CORE}/configmaps?labelSelector=team%3Dx", code=200)
    left = await api.ask("GET", f"{CORE}/configmaps?labelSelector=team", code=200)
    assert [item["metadata"]["name"] for item in left["items"]] == ["c"]


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/v1/nonsense", 404),
        ("GET", "/apis/apps/v7/deployments", 404),
        ("GET", "/nowhere", 404),
        ("GET", f"{CORE}/configmaps/missing", 404),
        ("PUT", f"{CORE}/configmaps", 405),
        ("DELETE", f"{CORE}/pods/x/log", 405),
        ("GET", "/api/v1/namespaces/default/nodes", 404),
    ],
)
async def test_what_is_not_served_is_said_so(api: Api, method: str, path: str, code: int) -> None:
    found = await api.ask(method, path, b"{}" if method == "PUT" else None, code=code)
    assert found["kind"] == "Status"


async def test_bodies_of_other_media_types_are_refused(api: Api) -> None:
    await api.ask("POST", f"{CORE}/configmaps", b"<xml/>", code=415, Content_Type="application/xml")


async def test_only_json_is_answered(api: Api) -> None:
    found = await api.ask("GET", f"{CORE}/configmaps", code=406, Accept="application/vnd.kubernetes.protobuf")
    assert found["reason"] == "NotAcceptable"


async def test_yaml_with_aliases_is_refused(api: Api) -> None:
    bomb = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\na: &a [1]\nb: [*a, *a]\n"
    refused = await api.ask("POST", f"{CORE}/configmaps", bomb, code=400, Content_Type="application/yaml")
    assert "aliases" in refused["message"]


async def test_a_namespace_that_is_absent_takes_nothing(api: Api) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    refused = await api.ask("POST", "/api/v1/namespaces/nowhere/configmaps", body, code=404)
    assert refused["message"] == 'namespaces "nowhere" not found'


async def test_server_side_apply_refuses_fields_of_others_until_forced(api: Api) -> None:
    await api.create("ConfigMap", "c", data={"a": "1"})
    wanted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "2"}}
    path = f"{CORE}/configmaps/c?fieldManager=me"
    kind = {"Content_Type": "application/apply-patch+yaml"}
    refused = await api.ask("PATCH", path, wanted, code=409, **kind)
    assert "Apply failed with 1 conflict" in refused["message"]
    taken = await api.ask("PATCH", f"{path}&force=true", wanted, code=200, **kind)
    assert taken["data"] == {"a": "2"}


async def test_node_ports_and_addresses_are_unique_and_kept(api: Api) -> None:
    ports = [{"port": 80, "nodePort": 30001}]
    first = await api.create("Service", "a", spec={"type": "NodePort", "ports": ports})
    body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "b"},
        "spec": {"type": "NodePort", "ports": ports},
    }
    refused = await api.ask("POST", f"{CORE}/services", body, code=422)
    assert refused["message"].endswith("provided port is already allocated")
    changed = {**first, "spec": {**first["spec"], "ports": [{"port": 81}]}}
    del changed["spec"]["clusterIP"], changed["spec"]["clusterIPs"]
    kept = await api.ask("PUT", f"{CORE}/services/a", changed, code=200)
    assert kept["spec"]["clusterIP"] == first["spec"]["clusterIP"]
