"""Decoding of protobuf bodies.

`kubectl_bodies.json` has what kubectl 1.37.1 sent for a command, and the object that the same command prints
with `--dry-run=client -o json` (without nulls).
"""

from __future__ import annotations

import base64
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.embedded.api.protobuf import MAGIC, decode

BODIES = json.loads(Path(__file__).with_name("kubectl_bodies.json").read_text())
RAW = [base64.b64decode(body["body"]) for body in BODIES]


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes | str) -> bytes:
    """A field as a client writes it: an integer, or length-prefixed bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def body(api_version: str, kind: str, raw: bytes) -> bytes:
    return MAGIC + field(1, field(1, api_version) + field(2, kind)) + field(2, raw) + field(3, "") + field(4, "")


@pytest.mark.parametrize("sent", BODIES, ids=lambda sent: str(sent["command"]))
def test_what_kubectl_sends_is_the_object_it_prints(sent: dict[str, Any]) -> None:
    assert decode(base64.b64decode(sent["body"])) == sent["object"]


def test_zeros_of_pointers_are_kept_and_other_zeros_left_out() -> None:
    spec = field(1, 0) + field(5, 0) + field(7, 0)
    assert decode(body("apps/v1", "Deployment", field(2, spec)))["spec"] == {"replicas": 0}


def test_empty_structs_are_kept_since_a_pointer_to_one_means_something() -> None:
    volume = field(1, "scratch") + field(2, field(2, b""))
    pod = decode(body("v1", "Pod", field(2, field(1, volume))))
    assert pod["spec"]["volumes"] == [{"name": "scratch", "emptyDir": {}}]


def test_embedded_structs_are_inlined() -> None:
    probe = field(1, field(2, field(1, "/") + field(2, field(1, 0) + field(2, 80) + field(3, ""))))
    container = field(1, "web") + field(11, probe + field(3, 0))
    pod = decode(body("v1", "Pod", field(2, field(2, container))))
    assert pod["spec"]["containers"][0]["readinessProbe"] == {"httpGet": {"path": "/", "port": 80}}


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        (field(1, 0) + field(2, 25) + field(3, ""), 25),
        (field(1, 1) + field(2, 0) + field(3, "25%"), "25%"),
        (field(1, 0) + field(2, -1) + field(3, ""), -1),
    ],
)
def test_an_int_or_string_is_one_of_both(encoded: bytes, value: int | str) -> None:
    budget = decode(body("policy/v1", "PodDisruptionBudget", field(2, field(1, encoded))))
    assert budget["spec"]["minAvailable"] == value


def test_times_are_text_and_the_zero_time_is_absent() -> None:
    stamped = field(1, "a") + field(8, field(1, 1_700_000_000) + field(2, 0)) + field(9, b"")
    meta = decode(body("v1", "ConfigMap", field(1, stamped)))["metadata"]
    assert meta == {"name": "a", "creationTimestamp": "2023-11-14T22:13:20Z"}


def test_micro_times_keep_their_fraction() -> None:
    spec = field(1, "me") + field(3, field(1, 1_700_000_000) + field(2, 123_456_789))
    lease = decode(body("coordination.k8s.io/v1", "Lease", field(2, spec)))
    assert lease["spec"]["acquireTime"] == "2023-11-14T22:13:20.123456Z"


def test_quantities_bytes_and_embedded_json() -> None:
    limits = field(1, field(1, "memory") + field(2, field(1, "64Mi")))
    pod = decode(body("v1", "Pod", field(2, field(2, field(8, limits)))))
    assert pod["spec"]["containers"][0]["resources"] == {"limits": {"memory": "64Mi"}}
    secret = decode(body("v1", "Secret", field(2, field(1, "k") + field(2, b"\xff\x00"))))
    assert secret["data"] == {"k": "/wA="}
    revision = decode(body("apps/v1", "ControllerRevision", field(2, field(1, b'{"a":[1]}')) + field(3, 7)))
    assert (revision["data"], revision["revision"]) == ({"a": [1]}, 7)


def test_repeated_numbers_may_be_packed() -> None:
    apart = field(4, 5) + field(4, 300)
    together = field(4, varint(5) + varint(300))
    for groups in (apart, together):
        pod = decode(body("v1", "Pod", field(2, field(14, groups))))
        assert pod["spec"]["securityContext"]["supplementalGroups"] == [5, 300]


def test_schemas_of_definitions_have_their_json_names() -> None:
    props = field(5, "object") + field(38, 1) + field(30, field(1, 1))
    version = field(1, "v1") + field(2, 1) + field(3, 1) + field(4, field(1, props))
    crd = decode(body("apiextensions.k8s.io/v1", "CustomResourceDefinition", field(2, field(7, version))))
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert schema == {
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": True,
        "additionalProperties": True,
    }


def test_fields_of_newer_versions_are_skipped() -> None:
    strange = field(900, "x") + field(901, 5) + varint(902 << 3 | 5) + b"\1\2\3\4" + varint(903 << 3 | 3)
    strange += field(1, 3) + varint(903 << 3 | 4)
    assert decode(body("v1", "ConfigMap", strange)) == {"apiVersion": "v1", "kind": "ConfigMap"}


def test_delete_options_come_in_every_group() -> None:
    options = decode(body("apps/v1", "DeleteOptions", field(1, 0) + field(4, "Background")))
    assert options == {
        "apiVersion": "apps/v1",
        "kind": "DeleteOptions",
        "gracePeriodSeconds": 0,
        "propagationPolicy": "Background",
    }


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"kind":"Pod"}', "expected prefix"),
        (b"", "expected prefix"),
        (body("v1", "Nothing", b""), 'no kind "Nothing" is registered for version "v1"'),
        (body("v1", "Pod", field(2, 5)), "wrong wireType = 0 for field spec"),
        (body("v1", "Pod", field(1, field(1, 5))), "wrong wireType = 0 for field name"),
        (body("v1", "Pod", b"\x0a\x05ab"), "unexpected EOF"),
        (body("v1", "Pod", b"\xff" * 11), "integer overflow"),
        (body("v1", "Pod", b"\x00\x00"), "illegal tag 0"),
        (body("v1", "Pod", b"\x0f"), "illegal wireType 7"),
        (body("v1", "Pod", b"\x0c"), "unexpected end of group"),
        (body("v1", "Pod", field(1, field(1, b"\xff"))), "invalid UTF-8"),
        (body("v1", "ConfigMap", field(1, field(8, field(1, 1 << 60)))), "timestamp out of range"),
        (body("apps/v1", "ControllerRevision", field(2, field(1, b"{"))), "embedded JSON"),
    ],
)
def test_malformed_bodies_are_refused_with_a_reason(bad: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decode(bad)


def test_messages_nested_too_deep_are_refused() -> None:
    props = b""
    for _ in range(400):
        props = field(29, field(1, "p") + field(2, props))
    version = field(4, field(1, props))
    with pytest.raises(ValueError, match="nested deeper"):
        decode(body("apiextensions.k8s.io/v1", "CustomResourceDefinition", field(2, field(7, version))))


def refuses_or_decodes(data: bytes) -> None:
    """Whatever comes, the answer is an object or a ValueError: anything else breaks the test."""
    with contextlib.suppress(ValueError):
        assert isinstance(decode(data), dict)


@given(st.sampled_from([("v1", "Pod"), ("apps/v1", "Deployment"), ("v1", "ConfigMap")]), st.binary(max_size=200))
def test_arbitrary_bytes_never_break_the_decoder(kind: tuple[str, str], raw: bytes) -> None:
    refuses_or_decodes(body(*kind, raw))


@settings(max_examples=200)
@given(st.sampled_from(RAW), st.data())
def test_damaged_bodies_never_break_the_decoder(good: bytes, data: st.DataObject) -> None:
    damaged = bytearray(good[: data.draw(st.integers(4, len(good)))])
    for _ in range(data.draw(st.integers(0, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    refuses_or_decodes(bytes(damaged))
