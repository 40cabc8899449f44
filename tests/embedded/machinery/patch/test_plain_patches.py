from __future__ import annotations

import contextlib
import copy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.machinery.patch import (
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_MERGE_PATCH,
    PatchError,
    apply_patch,
    decode_patched,
)
from grader.embedded.machinery.patch.merge_patch import apply_merge_patch
from grader.embedded.objects import Obj
from grader.embedded.schema.types import TypeInfo

WEB: Obj = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}},
}


def patched(content_type: str, patch: Any, kind: TypeInfo) -> Obj:
    return apply_patch(content_type, WEB, orjson.dumps(patch), kind)


def refused(content_type: str, body: bytes, kind: TypeInfo) -> PatchError:
    with pytest.raises(PatchError) as caught:
        decode_patched(content_type, apply_patch(content_type, WEB, body, kind), body, kind)
    return caught.value


def test_json_patch_replaces_adds_and_removes(deployment: TypeInfo) -> None:
    before = copy.deepcopy(WEB)
    operations = [
        {"op": "test", "path": "/spec/replicas", "value": 2},
        {"op": "replace", "path": "/spec/replicas", "value": 3},
        {"op": "add", "path": "/metadata/annotations", "value": {"a/b": "c"}},
        {"op": "remove", "path": "/metadata/labels"},
    ]
    result = patched(JSON_PATCH, operations, deployment)
    assert result["spec"]["replicas"] == 3
    assert result["metadata"] == {"name": "web", "annotations": {"a/b": "c"}}
    assert before == WEB


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/spec/replicas", "value": 9},
        {"op": "remove", "path": "/spec/none"},
        {"op": "replace", "path": "/none/none", "value": 1},
        {"op": "nonsense", "path": "/spec"},
        {"op": "add", "path": 7, "value": 1},
        {"path": "/spec"},
        {},
    ],
)
def test_a_json_patch_that_does_not_fit_gets_the_servers_words(deployment: TypeInfo, operation: Obj) -> None:
    error = refused(JSON_PATCH, orjson.dumps([operation]), deployment)
    assert (error.code, error.reason) == (422, "Invalid")
    assert error.message == "the server rejected our request due to an error in our request"


def test_a_json_patch_that_is_no_list_is_a_bad_request(deployment: TypeInfo) -> None:
    error = refused(JSON_PATCH, b'{"op": "add"}', deployment)
    assert error.code == 400
    assert error.message == "json: cannot unmarshal object into Go value of type jsonpatch.Patch"


def test_a_body_that_is_no_json_is_a_bad_request(deployment: TypeInfo) -> None:
    for content_type in (JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH):
        assert refused(content_type, b"{nope", deployment).code == 400


def test_a_result_of_a_wrong_type_shows_the_object_for_a_merge_patch(deployment: TypeInfo) -> None:
    error = refused(MERGE_PATCH, b'{"spec":{"replicas":"three"}}', deployment)
    assert error.code == 422
    assert error.message.startswith(' "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"apps/v1\\"')
    assert error.message.endswith(
        ": json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
    )


@pytest.mark.parametrize(
    ("patch", "shown", "why"),
    [
        ({"spec": {"replicas": "three"}}, "map[spec:map[replicas:three]]", "unrecognized type: int32"),
        ({"metadata": {"labels": {"a": 1}}}, "map[metadata:map[labels:map[a:1]]]", "cannot convert int64 to string"),
        ({"spec": {"template": 1}}, "map[spec:map[template:1]]", "cannot restore struct from: int64"),
        ({"spec": {"colour": "x"}}, "map[spec:map[colour:x]]", 'strict decoding error: unknown field "spec.colour"'),
    ],
)
def test_a_strategic_patch_that_does_not_fit_shows_the_patch(
    deployment: TypeInfo, patch: Obj, shown: str, why: str
) -> None:
    error = refused(STRATEGIC_MERGE_PATCH, orjson.dumps(patch), deployment)
    assert error.message == f' "" is invalid: patch: Invalid value: "{shown}": {why}'
    assert error.details is not None
    assert error.details["causes"][0]["field"] == "patch"


def test_custom_resources_take_no_strategic_patch(custom: TypeInfo) -> None:
    with pytest.raises(PatchError) as caught:
        apply_patch(STRATEGIC_MERGE_PATCH, WEB, b"{}", custom)
    assert caught.value.code == 415
    assert caught.value.message.endswith(
        "include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab", max_size=2),
    lambda children: st.lists(children, max_size=2) | st.dictionaries(st.sampled_from("abc"), children, max_size=3),
    max_leaves=12,
)
documents = st.dictionaries(st.sampled_from("abc"), json_values, max_size=3)


def reference(target: Any, patch: Any) -> Any:
    """The pseudocode of RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = copy.deepcopy(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = reference(result.get(name), value)
    return result


@given(documents, documents)
def test_merge_patch_is_rfc_7396(target: Obj, patch: Obj) -> None:
    before = copy.deepcopy(target)
    assert apply_merge_patch(target, patch) == reference(target, patch)
    assert target == before


@given(json_values)
def test_no_patch_body_ever_raises_anything_else(body: Any) -> None:
    from grader.embedded.schema.types import Schema

    kind = Schema.load().kind("apps/v1", "Deployment")
    assert kind is not None
    for content_type in (JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH):
        raw = orjson.dumps(body)
        with contextlib.suppress(PatchError):
            decode_patched(content_type, apply_patch(content_type, WEB, raw, kind), raw, kind)
