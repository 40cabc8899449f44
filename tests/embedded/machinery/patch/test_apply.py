from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.machinery.patch import Application, PatchError, server_side_apply, track_update
from grader.embedded.objects import Obj
from grader.embedded.schema.decode import decode
from grader.embedded.schema.types import Schema, TypeInfo

T1, T2 = "2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z"


def how(manager: str = "kubectl", time: str = T1, **more: Any) -> Application:
    return Application(manager, "apps/v1", time, resets_status=True, **more)


def config(**spec: Any) -> Obj:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": spec,
    }


def applied(kind: TypeInfo, live: Obj | None, configuration: Obj, application: Application) -> Obj:
    return decode(kind, server_side_apply(kind, live, configuration, application)).obj


def owners(obj: Obj) -> dict[tuple[str, str], Obj]:
    return {(e["manager"], e["operation"]): e["fieldsV1"] for e in obj["metadata"]["managedFields"]}


def template(*containers: Obj) -> Obj:
    return {"spec": {"containers": list(containers)}}


def test_an_applier_owns_exactly_what_it_says(deployment: TypeInfo) -> None:
    live = applied(deployment, None, config(replicas=3, template=template({"name": "a", "image": "x"})), how())
    assert live["spec"]["replicas"] == 3
    assert owners(live) == {
        ("kubectl", "Apply"): {
            "f:spec": {
                "f:replicas": {},
                "f:template": {"f:spec": {"f:containers": {'k:{"name":"a"}': {".": {}, "f:image": {}, "f:name": {}}}}},
            }
        }
    }
    assert live["metadata"]["managedFields"][0]["time"] == T1


def test_what_is_no_longer_applied_goes_and_defaults_below_it_too(deployment: TypeInfo) -> None:
    both = template({"name": "a", "image": "x"}, {"name": "b", "image": "y"})
    live = applied(deployment, None, config(minReadySeconds=5, template=both), how())
    live["spec"]["template"]["spec"]["containers"][1]["terminationMessagePath"] = "/dev/termination-log"
    after = applied(deployment, live, config(template=template({"name": "a", "image": "x"})), how(time=T2))
    assert "minReadySeconds" not in after["spec"]
    assert [c["name"] for c in after["spec"]["template"]["spec"]["containers"]] == ["a"]


def test_a_field_that_another_applier_also_owns_stays(deployment: TypeInfo) -> None:
    live = applied(deployment, None, config(replicas=3), how("one"))
    live = applied(deployment, live, config(replicas=3), how("two"))
    after = applied(deployment, live, config(paused=True), how("one", time=T2))
    assert after["spec"]["replicas"] == 3
    assert owners(after)["two", "Apply"] == {"f:spec": {"f:replicas": {}}}


def updated(kind: TypeInfo, live: Obj, manager: str, **spec: Any) -> Obj:
    new = copy.deepcopy(live)
    new["spec"].update(spec)
    new["metadata"]["managedFields"] = track_update(
        kind, live, new, manager=manager, api_version="apps/v1", time=T1, resets_status=True
    )
    return new


def test_one_conflict_is_told_as_kubernetes_tells_it(deployment: TypeInfo) -> None:
    live = updated(
        deployment, applied(deployment, None, config(replicas=3), how()), "kubectl-client-side-apply", replicas=5
    )
    with pytest.raises(PatchError) as caught:
        server_side_apply(deployment, live, config(replicas=3), how())
    error = caught.value
    assert (error.code, error.reason) == (409, "Conflict")
    assert error.message == (
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas'
    )
    assert error.details == {
        "causes": [
            {
                "reason": "FieldManagerConflict",
                "message": 'conflict with "kubectl-client-side-apply" using apps/v1',
                "field": ".spec.replicas",
            }
        ]
    }


def test_several_conflicts_are_listed_by_manager(deployment: TypeInfo) -> None:
    live = applied(deployment, None, config(replicas=1, minReadySeconds=1, paused=True), how())
    live = updated(deployment, live, "b", replicas=5, minReadySeconds=5)
    live = updated(deployment, live, "a", paused=False)
    with pytest.raises(PatchError) as caught:
        server_side_apply(deployment, live, config(replicas=1, minReadySeconds=1, paused=True), how())
    assert caught.value.message == (
        "Apply failed with 3 conflicts: "
        'conflicts with "a" using apps/v1:\n- .spec.paused\n'
        'conflicts with "b" using apps/v1:\n- .spec.minReadySeconds\n- .spec.replicas'
    )


def test_force_takes_the_field(deployment: TypeInfo) -> None:
    live = updated(deployment, applied(deployment, None, config(replicas=3), how()), "kubectl-scale", replicas=5)
    after = applied(deployment, live, config(replicas=3), how(time=T2, force=True))
    assert after["spec"]["replicas"] == 3
    assert list(owners(after)) == [("kubectl", "Apply")]


def test_applying_the_same_value_shares_the_field(deployment: TypeInfo) -> None:
    live = updated(deployment, applied(deployment, None, config(paused=True), how()), "scaler", replicas=5)
    after = applied(deployment, live, config(paused=True, replicas=5), how(time=T2))
    assert owners(after)["scaler", "Update"] == {"f:spec": {"f:replicas": {}}}
    assert "f:replicas" in owners(after)["kubectl", "Apply"]["f:spec"]


def test_applying_again_changes_nothing(deployment: TypeInfo) -> None:
    configuration = config(replicas=3, template=template({"name": "a", "image": "x"}))
    live = applied(deployment, None, configuration, how())
    assert applied(deployment, live, configuration, how(time=T2)) == live


def test_an_unknown_field_is_refused(deployment: TypeInfo) -> None:
    with pytest.raises(PatchError) as caught:
        server_side_apply(deployment, None, config(replica=3), how())
    assert caught.value.message == (
        "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): "
        ".spec.replica: field not declared in schema"
    )


def test_a_wrong_type_is_refused(deployment: TypeInfo) -> None:
    with pytest.raises(PatchError, match=r"\.spec\.replicas: expected numeric \(int or float\), got string"):
        server_side_apply(deployment, None, config(replicas="three"), how())


def test_managed_fields_may_not_be_applied(deployment: TypeInfo) -> None:
    configuration = config()
    configuration["metadata"]["managedFields"] = [{"manager": "x"}]
    with pytest.raises(PatchError, match=r"metadata\.managedFields must be nil"):
        server_side_apply(deployment, None, configuration, how())


def test_sets_and_keyed_lists_of_custom_resources_merge(custom: TypeInfo) -> None:
    one = {"metadata": {"name": "w"}, "spec": {"tags": ["a"], "ports": [{"port": 80, "name": "http"}]}}
    two = {"metadata": {"name": "w"}, "spec": {"tags": ["b"], "ports": [{"port": 443}], "plain": [1]}}
    live = server_side_apply(custom, None, one, Application("one", "x/v1", T1))
    live = server_side_apply(custom, live, two, Application("two", "x/v1", T1))
    assert live["spec"]["tags"] == ["a", "b"]
    assert [p["port"] for p in live["spec"]["ports"]] == [80, 443]
    live = server_side_apply(custom, live, {"metadata": {"name": "w"}, "spec": {}}, Application("one", "x/v1", T2))
    assert live["spec"] == {"tags": ["b"], "ports": [{"port": 443}], "plain": [1]}


def test_atomic_lists_have_one_owner(custom: TypeInfo) -> None:
    spec = {"metadata": {"name": "w"}, "spec": {"plain": [1, 2]}}
    live = server_side_apply(custom, None, spec, Application("one", "x/v1", T1))
    with pytest.raises(PatchError, match=r'conflict with "one": \.spec\.plain'):
        server_side_apply(
            custom, live, {"metadata": {"name": "w"}, "spec": {"plain": [1]}}, Application("two", "x/v1", T1)
        )


SCHEMA = Schema.load()
names = st.sampled_from(["a", "b", "c"])
containers = st.lists(
    st.fixed_dictionaries({"name": names}, optional={"image": st.sampled_from("xy"), "tty": st.booleans()}),
    max_size=3,
    unique_by=lambda item: item["name"],
)


@given(containers, containers, containers)
def test_forced_application_always_holds_and_leaves_the_live_object(
    first: list[Obj], second: list[Obj], third: list[Obj]
) -> None:
    kind = SCHEMA.kind("apps/v1", "Deployment")
    assert kind is not None
    live: Obj | None = None
    for manager, items in (("one", first), ("two", second), ("one", third)):
        before = copy.deepcopy(live)
        after = server_side_apply(kind, live, config(template=template(*items)), how(manager, force=True))
        assert live == before
        spec = after["spec"]["template"].get("spec", {})
        found = {item["name"]: item for item in spec.get("containers", ())}
        for item in items:
            assert item.items() <= found[item["name"]].items()
        live = after
    assert live is not None
    gone = {item["name"] for item in first} - {i["name"] for i in second} - {i["name"] for i in third}
    left = live["spec"]["template"].get("spec", {}).get("containers") or []
    assert gone.isdisjoint(item["name"] for item in left)
