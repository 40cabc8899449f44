from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.machinery.patch import PatchError
from grader.embedded.machinery.patch.strategic import apply_strategic_patch
from grader.embedded.objects import Obj
from grader.embedded.schema.types import Schema, TypeInfo

SCHEMA = Schema.load()


def deployment_of(*containers: Obj, **spec: Any) -> Obj:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web", "tier": "front"}},
        "spec": {"replicas": 2, **spec, "template": {"spec": {"containers": list(containers)}}},
    }


def containers_of(obj: Obj) -> list[Obj]:
    found: list[Obj] = obj["spec"]["template"]["spec"]["containers"]
    return found


def in_template(**spec: Any) -> Obj:
    return {"spec": {"template": {"spec": spec}}}


A, B, C = ({"name": name, "image": f"{name}:1"} for name in "abc")


def test_containers_are_merged_by_name_and_keep_their_order(deployment: TypeInfo) -> None:
    patch = in_template(containers=[{"name": "b", "image": "b:2"}])
    patched = apply_strategic_patch(deployment_of(A, B, C), patch, deployment)
    assert containers_of(patched) == [A, {"name": "b", "image": "b:2"}, C]


def test_a_new_container_goes_first_as_on_a_real_server(deployment: TypeInfo) -> None:
    patched = apply_strategic_patch(deployment_of(A, B), in_template(containers=[C]), deployment)
    assert [c["name"] for c in containers_of(patched)] == ["c", "a", "b"]


def test_set_element_order_decides_the_order(deployment: TypeInfo) -> None:
    patch = in_template(
        **{
            "$setElementOrder/containers": [{"name": "a"}, {"name": "c"}, {"name": "b"}],
            "containers": [C],
        }
    )
    patched = apply_strategic_patch(deployment_of(A, B), patch, deployment)
    assert [c["name"] for c in containers_of(patched)] == ["a", "c", "b"]


def test_set_element_order_alone_reorders(deployment: TypeInfo) -> None:
    patch = in_template(**{"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}]})
    patched = apply_strategic_patch(deployment_of(A, B, C), patch, deployment)
    assert [c["name"] for c in containers_of(patched)] == ["b", "c", "a"]


def test_an_item_is_deleted_by_its_key(deployment: TypeInfo) -> None:
    patch = in_template(containers=[{"$patch": "delete", "name": "b"}])
    assert containers_of(apply_strategic_patch(deployment_of(A, B, C), patch, deployment)) == [A, C]


def test_a_list_is_replaced_on_demand(deployment: TypeInfo) -> None:
    patch = in_template(containers=[C, {"$patch": "replace"}])
    assert containers_of(apply_strategic_patch(deployment_of(A, B), patch, deployment)) == [C]


def test_a_map_is_replaced_or_deleted_on_demand(deployment: TypeInfo) -> None:
    replaced = apply_strategic_patch(
        deployment_of(A), {"metadata": {"labels": {"$patch": "replace", "new": "x"}}}, deployment
    )
    assert replaced["metadata"]["labels"] == {"new": "x"}
    deleted = apply_strategic_patch(deployment_of(A), {"metadata": {"labels": {"$patch": "delete"}}}, deployment)
    assert deleted["metadata"]["labels"] == {}


def test_null_takes_a_key_out_and_is_dropped_where_there_is_none(deployment: TypeInfo) -> None:
    patch = {"spec": {"replicas": None, "paused": None}, "metadata": {"annotations": {"a": None, "b": "1"}}}
    patched = apply_strategic_patch(deployment_of(A), patch, deployment)
    assert "replicas" not in patched["spec"]
    assert "paused" not in patched["spec"]
    assert patched["metadata"]["annotations"] == {"b": "1"}


def test_retain_keys_clears_the_other_half_of_a_union(deployment: TypeInfo) -> None:
    before = deployment_of(A, strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert apply_strategic_patch(before, patch, deployment)["spec"]["strategy"] == {"type": "Recreate"}


def test_a_key_outside_retain_keys_is_refused(deployment: TypeInfo) -> None:
    patch = {"spec": {"strategy": {"$retainKeys": ["type"], "rollingUpdate": {}}}}
    with pytest.raises(PatchError, match="invalid patch format of retainKeys") as caught:
        apply_strategic_patch(deployment_of(A, strategy={"type": "Recreate"}), patch, deployment)
    assert caught.value.code == 400


def test_values_are_deleted_from_lists_of_primitives(deployment: TypeInfo) -> None:
    before = deployment_of(A)
    before["metadata"]["finalizers"] = ["a/x", "b/x"]
    patch = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a/x"]}}
    assert apply_strategic_patch(before, patch, deployment)["metadata"]["finalizers"] == ["b/x"]


def test_lists_without_a_merge_key_are_replaced(deployment: TypeInfo) -> None:
    before = deployment_of({**A, "command": ["a", "b"]})
    patch = in_template(containers=[{"name": "a", "command": ["c"]}])
    assert containers_of(apply_strategic_patch(before, patch, deployment))[0]["command"] == ["c"]


def test_a_list_item_without_its_merge_key_is_unprocessable(deployment: TypeInfo) -> None:
    with pytest.raises(PatchError) as caught:
        apply_strategic_patch(deployment_of(A), in_template(containers=[{"image": "x"}]), deployment)
    assert (caught.value.code, caught.value.reason) == (422, "Invalid")


@pytest.mark.parametrize("patch", [[1], "text", 7])
def test_a_patch_that_is_no_object_is_refused(deployment: TypeInfo, patch: Any) -> None:
    with pytest.raises(PatchError) as caught:
        apply_strategic_patch(deployment_of(A), patch, deployment)
    assert caught.value.code == 400


names = st.sampled_from(["a", "b", "c", "d"])
container = st.fixed_dictionaries(
    {"name": names}, optional={"image": st.sampled_from(["x", "y"]), "tty": st.booleans()}
)
unique = st.lists(container, max_size=4, unique_by=lambda item: item["name"])
deletion = names.map(lambda name: {"name": name, "$patch": "delete"})


@given(unique, st.lists(st.one_of(container, deletion), max_size=4, unique_by=lambda item: item["name"]))
def test_merging_by_key_equals_merging_a_dictionary(original: list[Obj], patch: list[Obj]) -> None:
    kind = SCHEMA.kind("v1", "Pod")
    assert kind is not None
    before = {"spec": {"containers": original}}
    kept = copy.deepcopy(before)
    patched = apply_strategic_patch(before, {"spec": {"containers": patch}}, kind)
    expected = {item["name"]: item for item in original}
    for item in patch:
        if "$patch" in item:
            expected.pop(item["name"], None)
        else:
            expected[item["name"]] = {**expected.get(item["name"], {}), **item}
    items = patched["spec"]["containers"]
    assert {item["name"]: item for item in items} == expected
    assert len(items) == len(expected)
    assert before == kept, "the stored object is never changed"


@given(unique, st.permutations(["a", "b", "c", "d"]))
def test_set_element_order_over_all_items_is_the_order(original: list[Obj], order: list[str]) -> None:
    kind = SCHEMA.kind("v1", "Pod")
    assert kind is not None
    patch = {"spec": {"$setElementOrder/containers": [{"name": name} for name in order]}}
    patched = apply_strategic_patch({"spec": {"containers": original}}, patch, kind)
    present = {item["name"] for item in original}
    assert [item["name"] for item in patched["spec"]["containers"]] == [name for name in order if name in present]
