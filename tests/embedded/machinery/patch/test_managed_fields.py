from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.machinery.patch import track_update
from grader.embedded.machinery.patch.field_sets import (
    difference,
    intersection,
    is_field_set,
    paths,
    union,
    without,
)
from grader.embedded.objects import Obj
from grader.embedded.schema.decode import decode
from grader.embedded.schema.types import TypeInfo

T1, T2 = "2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z"


def web(kind: TypeInfo, replicas: int = 1, image: str = "nginx") -> Obj:
    return decode(
        kind,
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "labels": {"app": "web"}},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": "web"}},
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {"containers": [{"name": "nginx", "image": image, "ports": [{"containerPort": 80}]}]},
                },
            },
        },
    ).obj


def tracked(kind: TypeInfo, old: Obj | None, new: Obj, manager: str, time: str = T1, **more: Any) -> list[Obj]:
    new["metadata"]["managedFields"] = track_update(
        kind, old, new, manager=manager, api_version="apps/v1", time=time, resets_status=True, **more
    )
    found: list[Obj] = new["metadata"]["managedFields"]
    return found


def test_creation_owns_what_was_set_in_the_form_of_a_real_server(deployment: TypeInfo) -> None:
    (entry,) = tracked(deployment, None, web(deployment), "kubectl-create")
    assert entry == {
        "manager": "kubectl-create",
        "operation": "Update",
        "apiVersion": "apps/v1",
        "time": T1,
        "fieldsType": "FieldsV1",
        "fieldsV1": {
            "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
            "f:spec": {
                "f:replicas": {},
                "f:selector": {},
                "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}}, "f:type": {}},
                "f:template": {
                    "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
                    "f:spec": {
                        "f:containers": {
                            'k:{"name":"nginx"}': {
                                ".": {},
                                "f:image": {},
                                "f:name": {},
                                "f:ports": {
                                    ".": {},
                                    'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}},
                                },
                                "f:resources": {},
                            }
                        }
                    },
                },
            },
        },
    }


def test_a_change_by_another_manager_moves_the_field(deployment: TypeInfo) -> None:
    old = web(deployment)
    tracked(deployment, None, old, "kubectl-create")
    new = web(deployment, replicas=3)
    new["metadata"]["managedFields"] = old["metadata"]["managedFields"]
    first, second = tracked(deployment, old, new, "kubectl", T2, subresource="scale")
    assert first["manager"] == "kubectl-create"
    assert "f:replicas" not in first["fieldsV1"]["f:spec"]
    assert first["time"] == T1
    assert second["fieldsV1"] == {"f:spec": {"f:replicas": {}}}
    assert (second["subresource"], second["time"]) == ("scale", T2)


def test_status_is_owned_through_its_subresource_only(deployment: TypeInfo) -> None:
    old = web(deployment)
    old["status"] = {"replicas": 1}
    (entry,) = tracked(deployment, None, old, "kubectl-create")
    assert "f:status" not in entry["fieldsV1"]
    new = {**web(deployment), "status": {"replicas": 2}}
    new["metadata"]["managedFields"] = [entry]
    entries = tracked(deployment, old, new, "kube-controller-manager", T2, subresource="status")
    assert entries[1]["fieldsV1"] == {"f:status": {"f:replicas": {}}}


def test_a_removed_list_item_leaves_its_owner(deployment: TypeInfo) -> None:
    old = web(deployment)
    tracked(deployment, None, old, "kubectl-create")
    new = web(deployment)
    del new["spec"]["template"]["spec"]["containers"][0]["ports"]
    new["metadata"]["managedFields"] = old["metadata"]["managedFields"]
    (entry,) = tracked(deployment, old, new, "kubectl-edit", T2)
    container = entry["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"nginx"}']
    assert "f:ports" not in container


def test_a_write_that_changes_nothing_leaves_the_entries_as_they_are(deployment: TypeInfo) -> None:
    old = web(deployment)
    before = tracked(deployment, None, old, "kubectl-create")
    new = web(deployment)
    assert tracked(deployment, old, new, "other", T2) == before


def test_an_empty_entry_forgets_all_owners(deployment: TypeInfo) -> None:
    old = web(deployment)
    tracked(deployment, None, old, "kubectl-create")
    new = web(deployment)
    new["metadata"]["managedFields"] = [{}]
    assert tracked(deployment, old, new, "kubectl-edit", T2) == []


def test_entries_a_client_cannot_have_meant_are_ignored(deployment: TypeInfo) -> None:
    old = web(deployment)
    before = tracked(deployment, None, old, "kubectl-create")
    new = web(deployment)
    new["metadata"]["managedFields"] = [{"manager": "x", "operation": "Update", "fieldsV1": {"nonsense": {}}}]
    assert tracked(deployment, old, new, "kubectl-edit", T2) == before


def test_more_than_ten_updaters_are_put_together(deployment: TypeInfo) -> None:
    old = web(deployment)
    tracked(deployment, None, old, "m0")
    for number in range(1, 14):
        new = web(deployment)
        new["metadata"] = {**old["metadata"], "labels": {**old["metadata"]["labels"], f"l{number}": "x"}}
        tracked(deployment, old, new, f"m{number}", f"2026-01-01T00:00:{number:02}Z")
        old = new
    managers = [entry["manager"] for entry in old["metadata"]["managedFields"]]
    assert len(managers) == 10
    assert "ancient-changes" in managers


def test_custom_resources_have_owners_too(custom: TypeInfo) -> None:
    new = {"apiVersion": "x/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": {"replicas": 1, "tags": ["b"]}}
    (entry,) = track_update(custom, None, new, manager="m", api_version="x/v1", time=T1)
    assert entry["fieldsV1"] == {"f:spec": {".": {}, "f:replicas": {}, "f:tags": {".": {}, 'v:"b"': {}}}}


def test_paths_are_named_as_conflicts_name_them() -> None:
    fields = {
        "f:spec": {
            "f:replicas": {},
            "f:containers": {'k:{"name":"a"}': {".": {}, "f:image": {}}},
            "f:tags": {'v:"x"': {}},
        }
    }
    assert list(paths(fields)) == [
        ".spec.replicas",
        '.spec.containers[name="a"]',
        '.spec.containers[name="a"].image',
        '.spec.tags[="x"]',
    ]


elements = st.sampled_from(["f:a", "f:b", 'k:{"n":1}'])
field_sets = st.recursive(
    st.just({}),
    lambda below: st.dictionaries(st.one_of(elements, st.just(".")), below, min_size=1, max_size=3),
    max_leaves=8,
).map(lambda fields: _tidy(fields, top=True))


def _tidy(fields: Obj, top: bool = False) -> Obj:
    tidy = {name: {} if name == "." else _tidy(below) for name, below in fields.items() if not (top and name == ".")}
    return {} if list(tidy) == ["."] else tidy


def members(fields: Obj) -> set[str]:
    return set(paths(fields))


@given(field_sets, field_sets)
def test_set_algebra_is_that_of_sets_of_paths(left: Obj, right: Obj) -> None:
    assert members(union(left, right)) == members(left) | members(right)
    assert members(intersection(left, right)) == members(left) & members(right)
    assert members(difference(left, right)) == members(left) - members(right)
    below = {
        path
        for path in members(left)
        for gone in members(right)
        if path == gone or path.startswith((gone + ".", gone + "["))
    }
    assert members(without(left, right)) == members(left) - below


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text('fkv:.{}"1', max_size=5), children, max_size=3)
    ),
)


@given(json_values)
def test_any_json_is_judged_without_trouble(value: Any) -> None:
    if is_field_set(value):
        list(paths(value))
