from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.objects import Obj
from grader.embedded.schema.decode import DecodeError, decode, decode_body
from grader.embedded.schema.diagnosis import diagnose
from grader.embedded.schema.types import Schema, TypeInfo

SCHEMA = Schema.load()


def kind_of(api_version: str, kind: str) -> TypeInfo:
    found = SCHEMA.kind(api_version, kind)
    assert found is not None
    return found


def decoded(api_version: str, kind: str, obj: Obj) -> Obj:
    return decode(kind_of(api_version, kind), obj).obj


def refusal(api_version: str, kind: str, body: Any, raw: bytes | None = None) -> str:
    raw = orjson.dumps(body) if raw is None else raw
    with pytest.raises(DecodeError) as caught:
        decode_body(kind_of(api_version, kind), api_version, kind, body, raw, is_known=SCHEMA.knows)
    return str(caught.value)


def pod(**spec: Any) -> Obj:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}


@pytest.mark.parametrize(
    ("api_version", "kind", "body", "error"),
    [
        (
            "apps/v1",
            "Deployment",
            {"spec": {"selector": "x"}},
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.selector of type v1.LabelSelector",
        ),
        (
            "v1",
            "Pod",
            {"spec": {"volumes": [{"name": "v", "configMap": []}]}},
            "json: cannot unmarshal array into Go struct field Volume.spec.volumes.VolumeSource.configMap "
            "of type v1.ConfigMapVolumeSource",
        ),
        (
            "v1",
            "Pod",
            {"spec": {"restartPolicy": True}},
            "json: cannot unmarshal bool into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
        ),
        (
            "apps/v1",
            "Deployment",
            {"spec": {"replicas": 1.5}},
            "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "apps/v1",
            "Deployment",
            {"spec": {"replicas": 2**31}},
            "json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "v1",
            "Pod",
            {"spec": {"containers": [{"livenessProbe": {"httpGet": {"port": {}}}}]}},
            "json: cannot unmarshal object into Go struct field "
            "HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32",
        ),
        ("v1", "Secret", {"data": {"a": "?"}}, "illegal base64 data at input byte 0"),
        (
            "v1",
            "Secret",
            {"data": {"a": 1}},
            "json: cannot unmarshal number into Go struct field Secret.data of type []uint8",
        ),
        (
            "v1",
            "Pod",
            {"spec": {"containers": [{"resources": {"limits": {"cpu": "lots"}}}]}},
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        (
            "v1",
            "Pod",
            {"metadata": {"deletionTimestamp": "noon"}},
            'parsing time "noon" as "2006-01-02T15:04:05Z07:00": cannot parse "noon" as "2006"',
        ),
    ],
)
def test_wrong_values_are_refused_in_the_servers_words(api_version: str, kind: str, body: Obj, error: str) -> None:
    about = f'{kind} in version "v1" cannot be handled as a {kind}: '
    assert refusal(api_version, kind, body) == about + error


def test_the_first_wrong_type_in_the_document_is_reported() -> None:
    text = refusal("v1", "Pod", {"spec": {"nodeName": 1, "hostname": 2}})
    assert "PodSpec.spec.nodeName" in text


def test_a_value_a_type_cannot_parse_outweighs_a_wrong_type_before_it() -> None:
    body = pod(nodeName=1, containers=[{"resources": {"limits": {"cpu": "x"}}}])
    assert "quantities must match" in refusal("v1", "Pod", body)


def test_unknown_and_duplicate_fields_are_refused_together() -> None:
    raw = b'{"kind":"Pod","spec":{"colour":1,"hostname":"a","hostname":"b","containers":[{"x":1,"x":2}]}}'
    text = refusal("v1", "Pod", orjson.loads(raw), raw)
    assert text == (
        'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.colour", '
        'duplicate field "spec.hostname", unknown field "spec.containers[0].x"'
    )


def test_duplicates_of_custom_resources_are_seen_everywhere() -> None:
    raw = b'{"metadata":{"name":"w"},"spec":{"x":1,"x":2,"open":{"a":{"b":1,"b":2}}}}'
    result = decode(WIDGET, orjson.loads(raw), "Warn", raw)
    assert result.warnings == [
        'duplicate field "spec.x"',
        'duplicate field "spec.open.a.b"',
        'unknown field "spec.x"',
    ]


def test_warnings_replace_errors_when_asked() -> None:
    raw = b'{"spec":{"colour":1},"spec":{"colour":2}}'
    result = decode(kind_of("v1", "Pod"), orjson.loads(raw), "Warn", raw)
    assert set(result.warnings) == {'unknown field "spec.colour"', 'duplicate field "spec"'}
    assert "colour" not in result.obj["spec"]


def test_ignoring_drops_unknown_fields_silently() -> None:
    result = decode(kind_of("v1", "Pod"), pod(colour=1), "Ignore")
    assert result.warnings == []
    assert "colour" not in result.obj["spec"]


def test_a_duplicate_is_seen_whatever_the_spacing() -> None:
    raw = b'{"metadata" :\n {"name"\t: "a", "name" : "b"}}'
    assert 'duplicate field "metadata.name"' in refusal("v1", "Pod", orjson.loads(raw), raw)


def test_colons_in_texts_are_no_duplicates() -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": '{"b":"c:d"}', "url": "http://x:80"}}
    raw = json.dumps(body, indent=2).encode()
    assert decode(kind_of("v1", "ConfigMap"), body, "Strict", raw).warnings == []


def test_at_most_a_hundred_strict_errors_are_listed() -> None:
    body = {f"x{number}": 1 for number in range(150)}
    assert refusal("v1", "Pod", body).count("unknown field") == 100


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (
            {"apiVersion": "nope/v1", "kind": "Pod"},
            'Pod in version "v1" cannot be handled as a Pod: no kind "Pod" is registered for version "nope/v1" '
            'in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"',
        ),
        (
            {"apiVersion": "v1", "kind": "Service"},
            'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): '
            "unknown conversion",
        ),
        (
            {"apiVersion": "v1", "kind": 7},
            "the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: "
            'json: cannot unmarshal number into Go struct field .kind of type string ({"apiVersion":"v1","kind":7})',
        ),
        (
            {"apiVersion": "a/b/c", "kind": "Pod"},
            "the object provided is unrecognized (must be of type Pod): unexpected GroupVersion string: a/b/c "
            '({"apiVersion":"a/b/c","kind":" ...)',
        ),
    ],
)
def test_another_kind_is_refused(body: Obj, error: str) -> None:
    assert refusal("v1", "Pod", body) == error


def test_a_body_that_is_no_object_is_refused() -> None:
    assert "json: cannot unmarshal array into Go value of type struct" in refusal("v1", "Pod", [1])


def test_kind_and_version_are_filled_in() -> None:
    result = decode_body(kind_of("v1", "Pod"), "v1", "Pod", {"metadata": {"name": "a"}}, b"{}")
    assert (result.obj["apiVersion"], result.obj["kind"]) == ("v1", "Pod")


def test_nulls_and_empties_come_out_as_go_writes_them() -> None:
    container = {"name": "c", "image": "", "command": [], "env": None, "tty": False, "stdin": True, "ports": [None]}
    spec = decoded("v1", "Pod", pod(containers=[container], nodeName=None, hostname="", activeDeadlineSeconds=0))[
        "spec"
    ]
    assert spec == {
        "containers": [{"name": "c", "stdin": True, "ports": [{"containerPort": 0}], "resources": {}}],
        "activeDeadlineSeconds": 0,
    }


def test_structs_that_are_no_pointers_are_always_there() -> None:
    obj = decoded("apps/v1", "Deployment", {"spec": {}})
    assert obj == {
        "metadata": {},
        "spec": {"selector": None, "strategy": {}, "template": {"metadata": {}, "spec": {"containers": None}}},
        "status": {},
    }


def test_required_lists_that_are_empty_are_null() -> None:
    assert decoded("rbac.authorization.k8s.io/v1", "Role", {"rules": []})["rules"] is None


def test_quantities_times_and_base64_are_canonical() -> None:
    obj = decoded("v1", "Pod", pod(containers=[{"resources": {"limits": {"cpu": 0.5, "memory": "1024Mi"}}}]))
    assert obj["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "500m", "memory": "1Gi"}
    lease = decoded("coordination.k8s.io/v1", "Lease", {"spec": {"renewTime": "2026-01-02T05:00:00.000000+02:00"}})
    assert lease["spec"]["renewTime"] == "2026-01-02T03:00:00.000000Z"
    assert decoded("v1", "Secret", {"data": {"a": "YWI=\n"}})["data"] == {"a": "YWI="}


def test_schemas_inside_definitions_are_read_without_being_strict() -> None:
    props = {"type": "object", "additionalProperties": {"type": "string", "colour": 1}, "items": {"nonsense": 1}}
    body = {"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": props}}]}}
    obj = decoded("apiextensions.k8s.io/v1", "CustomResourceDefinition", body)
    found = obj["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert found == {"type": "object", "additionalProperties": {"type": "string"}, "items": {}}


def test_a_schema_where_a_boolean_could_be_is_refused_as_such() -> None:
    props = {"additionalProperties": "yes"}
    body = {"spec": {"versions": [{"schema": {"openAPIV3Schema": props}}]}}
    text = refusal("apiextensions.k8s.io/v1", "CustomResourceDefinition", body)
    assert text.endswith("cannot be handled as a CustomResourceDefinition: boolean or JSON schema expected")


def test_deep_nesting_is_refused() -> None:
    schema: Obj = {}
    for _ in range(1000):
        schema = {"properties": {"a": schema}}
    body = {"spec": {"versions": [{"schema": {"openAPIV3Schema": schema}}]}}
    assert "exceeded max depth" in refusal("apiextensions.k8s.io/v1", "CustomResourceDefinition", body, b"{}")


WIDGET = TypeInfo.from_openapi(
    {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "size": {"type": "integer"},
                    "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                    "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {}}}},
                },
            }
        },
    },
    "Widget",
    SCHEMA.object_meta,
)


def test_custom_resources_lose_unknown_fields_only() -> None:
    spec = {"size": "not checked here", "open": {"a": [1, None]}, "map": {"k": {"a": 1, "b": 2}}, "colour": "x"}
    obj = {"apiVersion": "x/v1", "kind": "Widget", "metadata": {"name": "w", "labels": None}, "spec": spec}
    result = decode(WIDGET, obj, "Warn")
    assert result.warnings == ['unknown field "spec.colour"', 'unknown field "spec.map.k.b"']
    assert result.obj == {
        "apiVersion": "x/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": {"size": "not checked here", "open": {"a": [1, None]}, "map": {"k": {"a": 1}}},
    }


def test_metadata_of_custom_resources_is_typed() -> None:
    with pytest.raises(DecodeError, match=r"ObjectMeta\.metadata\.labels"):
        decode(WIDGET, {"metadata": {"labels": 1}})


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 2**33)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda children: (
        st.lists(children, max_size=2)
        | st.dictionaries(st.sampled_from(["name", "image", "env", "resources", "limits", "x"]), children, max_size=3)
    ),
    max_leaves=8,
)


@given(values, values)
def test_the_quick_and_the_careful_half_agree(container: Any, other: Any) -> None:
    kind = kind_of("v1", "Pod")
    body = pod(containers=[container], volumes=other)
    found = diagnose(kind, body)
    if found.error:
        with pytest.raises(DecodeError) as caught:
            decode(kind, body, "Warn")
        assert str(caught.value) == found.error
        return
    result = decode(kind, body, "Warn")
    assert result.warnings == found.strict
    assert decode(kind, result.obj).obj == result.obj, "decoding twice changes nothing"
