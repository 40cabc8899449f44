"""Rules of metadata and of names."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.schema.validation import names, validate
from grader.embedded.schema.validation.metadata import object_meta, object_meta_update


def _errors(meta: dict[str, Any], **options: Any) -> list[str]:
    return [str(error) for error in object_meta({"metadata": meta}, **options)]


def test_an_object_needs_a_name_and_a_namespace() -> None:
    assert _errors({}) == [
        "metadata.name: Required value: name or generateName is required",
        "metadata.namespace: Required value",
    ]


def test_a_cluster_wide_object_has_no_namespace() -> None:
    found = _errors({"name": "a", "namespace": "b"}, namespaced=False)
    assert found == ["metadata.namespace: Forbidden: not allowed on this type"]


def test_a_prefix_of_a_name_may_end_with_a_dash() -> None:
    assert _errors({"name": "a-x", "generateName": "a-", "namespace": "d"}) == []


def test_labels_and_annotations_have_qualified_names() -> None:
    found = _errors({"name": "a", "namespace": "d", "labels": {"a/b/c": "x"}, "annotations": {"": "y"}})
    assert found[0].startswith('metadata.labels: Invalid value: "a/b/c": a qualified name must consist of')
    assert found[1] == 'metadata.annotations: Invalid value: "": name part must be non-empty'


def test_annotations_have_a_size() -> None:
    found = _errors({"name": "a", "namespace": "d", "annotations": {"a": "x" * 262144}})
    assert found == ["metadata.annotations: Too long: may not be more than 262144 bytes"]


def test_only_one_owner_is_the_controller() -> None:
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u", "controller": True}
    found = _errors({"name": "a", "namespace": "d", "ownerReferences": [owner, {**owner, "name": "q"}]})
    assert len(found) == 1
    assert 'Found "true" in references for Pod/p and Pod/q' in found[0]


def test_an_owner_says_all_of_its_name() -> None:
    found = _errors({"name": "a", "namespace": "d", "ownerReferences": [{}]})
    assert [text.split(":")[0].rpartition(".")[2] for text in found] == ["apiVersion", "kind", "name", "uid"]


def test_a_finalizer_has_a_domain() -> None:
    found = _errors({"name": "a", "namespace": "d", "finalizers": ["orphan", "mine"]})
    assert found == [
        'metadata.finalizers[1]: Invalid value: "mine": '
        "name is neither a standard finalizer name nor is it fully qualified"
    ]
    assert _errors({"name": "a", "namespace": "d", "finalizers": ["mine"]}, native=False) == []


def test_identity_does_not_change() -> None:
    old = {"metadata": {"name": "a", "namespace": "d", "uid": "u", "resourceVersion": "1"}}
    new = {"metadata": {"name": "b", "namespace": "d", "uid": "v"}}
    assert [str(error) for error in object_meta_update(new, old)] == [
        'metadata.resourceVersion: Invalid value: "": must be specified for an update',
        'metadata.name: Invalid value: "b": field is immutable',
        'metadata.uid: Invalid value: "v": field is immutable',
    ]


def test_a_dying_object_gets_no_new_finalizers() -> None:
    old = {"metadata": {"name": "a", "resourceVersion": "1", "deletionTimestamp": "t", "finalizers": ["a/b"]}}
    new = {"metadata": {**old["metadata"], "finalizers": ["a/b", "a/c"]}}
    assert [str(error) for error in object_meta_update(new, old)] == [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, "
        'found new finalizers []string{"a/c"}'
    ]


def test_an_unknown_kind_has_its_metadata_validated() -> None:
    assert validate("widgets.example.com", {"metadata": {"name": "w", "namespace": "d"}}) == []
    assert validate("widgets.example.com", {"metadata": {"name": "W"}}) != []


@pytest.mark.parametrize(
    ("rule", "text", "count"),
    [
        (names.dns_label, "a-b", 0),
        (names.dns_label, "a.b", 1),
        (names.dns_label, "a\n", 1),
        (names.dns_label, "X" * 64, 2),
        (names.dns_subdomain, "a.b-c.d", 0),
        (names.dns_subdomain, "a..b", 1),
        (names.dns_1035_label, "1a", 1),
        (names.wildcard_subdomain, "*.example.com", 0),
        (names.path_segment, "a/b%c", 2),
        (names.path_segment, "..", 1),
        (names.qualified_name, "example.com/a_b", 0),
        (names.qualified_name, "/a", 1),
        (names.qualified_name, "Example/a", 1),
        (names.label_value, "", 0),
        (names.label_value, "-", 1),
        (names.config_key, "..x", 1),
        (names.config_key, "a b", 1),
        (names.environment_name, "a b", 0),
        (names.environment_name, "a=b", 1),
        (names.port_name, "http", 0),
        (names.port_name, "80", 1),
        (names.port_name, "-a--b", 2),
        (names.port_name, "x" * 16, 1),
        (names.percent, "25%", 0),
        (names.percent, "25", 1),
        (names.header_name, "X-A", 0),
        (names.header_name, "X A", 1),
    ],
)
def test_a_name_has_its_form(rule: names.NameRule, text: str, count: int) -> None:
    assert len(rule(text)) == count
