"""Label and field selectors."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.machinery import fields, label_parser
from grader.embedded.machinery.selectors import (
    Selection,
    SelectorError,
    format_labels,
    format_selector,
    selector_of,
    selector_of_labels,
)
from grader.embedded.status import ApiError

LABELS = {"app": "web", "tier": "front", "env": "", "cpu": "4"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "app=web",
        "app == web",
        "app",
        "!absent",
        "app!=db",
        "absent!=x",
        "app in (web,db)",
        "app in ( web , db )",
        "app notin (db)",
        "absent notin (db)",
        "env=",
        "env in (,)",
        "env in (a,,b)",
        "cpu>3",
        "cpu<5",
        "app=web,tier in (front),!x",
        "app,tier",
    ],
)
def test_a_selector_matches(text: str) -> None:
    assert label_parser.parse(text).matches(LABELS)


@pytest.mark.parametrize(
    "text", ["app=db", "!app", "absent", "app notin (web)", "app!=web", "cpu>4", "tier>1", "absent>1", "app in (db,x)"]
)
def test_a_selector_does_not_match(text: str) -> None:
    assert not label_parser.parse(text).matches(LABELS)


def test_keywords_are_values_where_values_may_stand() -> None:
    assert label_parser.parse("in in (in,notin)").matches({"in": "notin"})
    assert label_parser.parse("a=in").matches({"a": "in"})


QUALIFIED = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("=web", "found '=', expected: !, identifier, or 'end of string'"),
        (",app", "found ',', expected: !, identifier, or 'end of string'"),
        ("app=web,", "found '', expected: identifier after ','"),
        ("app=web tier", "found 'tier', expected: ',' or 'end of string'"),
        ("app web", "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt"),
        ("app in web", "unable to parse requirement: found 'web' expected: '('"),
        ("app in (web", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("app in (web=", "unable to parse requirement: found '=', expected: ',' or ')'"),
        ("app in (=", "unable to parse requirement: found '=', expected: ',', ')' or identifier"),
        ("app in ,", "unable to parse requirement: found ',' expected: '('"),
        ("app==(web", "unable to parse requirement: found '(', expected: identifier"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
        ("!app=web", "found '=', expected: ',' or 'end of string'"),
        (
            "app in ()",
            "unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be "
            "empty",
        ),
        (
            "app>x",
            "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must "
            "be an integer",
        ),
        ("-app=web", f'unable to parse requirement: <nil>: Invalid value: "-app": {QUALIFIED}'),
        ("app=-web", f'unable to parse requirement: values[0][app]: Invalid value: "-web": {VALUE}'),
    ],
)
def test_a_bad_label_selector_is_refused_in_the_servers_words(text: str, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        Selection.parse("pods", text, "")
    assert (refused.value.code, refused.value.reason, refused.value.message) == (400, "BadRequest", message)


def test_selector_objects_compile_and_print_ordered_by_key() -> None:
    selector: dict[str, Any] = {
        "matchLabels": {"tier": "front", "app": "web"},
        "matchExpressions": [
            {"key": "env", "operator": "In", "values": ["b", "a", ""]},
            {"key": "x", "operator": "DoesNotExist"},
            {"key": "cpu", "operator": "Exists"},
            {"key": "y", "operator": "NotIn", "values": ["1"]},
        ],
    }
    assert selector_of(selector).matches(LABELS)
    assert format_selector(selector) == "app=web,cpu,env in (,a,b),tier=front,!x,y notin (1)"
    assert str(label_parser.parse(format_selector(selector))) == format_selector(selector)


def test_no_selector_matches_nothing_and_an_empty_one_everything() -> None:
    assert not selector_of(None).matches(LABELS)
    assert selector_of({}).matches({})
    assert not selector_of_labels({}).matches({})
    assert selector_of_labels({"app": "web"}).matches(LABELS)
    assert format_labels({"b": "2", "a": "1"}) == "a=1,b=2"


def test_an_operator_that_is_none_is_refused() -> None:
    with pytest.raises(SelectorError, match='"Near" is not a valid label selector operator'):
        selector_of({"matchExpressions": [{"key": "a", "operator": "Near"}]})


POD = {
    "metadata": {"name": "p", "namespace": "shop", "labels": {"app": "web"}},
    "spec": {"nodeName": "n1", "restartPolicy": "Always", "hostNetwork": True},
    "status": {"phase": "Running"},
}


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("", True),
        ("metadata.name=p", True),
        ("metadata.name==p,metadata.namespace=shop", True),
        ("metadata.name!=p", False),
        ("status.phase=Running,spec.nodeName=n1", True),
        ("status.phase!=Running", False),
        ("spec.host=n1", True),
        ("spec.hostNetwork=true", True),
        ("status.podIP=", True),
        ("status.nominatedNodeName!=", False),
        ("metadata.name=p,,", True),
    ],
)
def test_pods_are_chosen_by_their_fields(text: str, chosen: bool) -> None:
    assert Selection.parse("pods", "", text).matches(POD) is chosen


def test_selections_join_labels_and_fields() -> None:
    assert Selection.parse("pods", "app=web", "status.phase=Running").matches(POD)
    assert not Selection.parse("pods", "app=db", "status.phase=Running").matches(POD)
    assert Selection.parse("pods", "", "").everything


@pytest.mark.parametrize(
    ("resource", "text", "obj"),
    [
        ("nodes", "spec.unschedulable=false", {"spec": {}}),
        ("replicasets.apps", "status.replicas=0", {"status": {}}),
        ("jobs.batch", "status.successful=2", {"status": {"succeeded": 2}}),
        ("events", "involvedObject.kind=Pod,type=Normal", {"involvedObject": {"kind": "Pod"}, "type": "Normal"}),
        ("events", "source=kubelet", {"source": {"component": "kubelet"}}),
        ("events", "source=x", {"reportingComponent": "x", "source": {}}),
        ("events.events.k8s.io", "regarding.name=p", {"involvedObject": {"name": "p"}}),
        ("secrets", "type=Opaque", {"type": "Opaque"}),
    ],
)
def test_kinds_have_fields_of_their_own(resource: str, text: str, obj: dict[str, Any]) -> None:
    assert fields.parse(resource, text).matches({"metadata": {}, **obj})


@pytest.mark.parametrize(
    ("resource", "text", "message"),
    [
        ("pods", "spec.x=1", "field label not supported: spec.x"),
        ("configmaps", "a=1", '"a" is not a known field selector: only "metadata.name", "metadata.namespace"'),
        ("jobs.batch", "spec.x=1", 'field label "spec.x" not supported for Job'),
        ("pods", "nonsense", "invalid selector: 'nonsense'; can't understand 'nonsense'"),
        ("pods", "metadata.name=a=b", "invalid field selector: unescaped character in value: 61"),
        ("pods", r"metadata.name=a\b", r"invalid field selector: invalid escape sequence: \b"),
        ("pods", "metadata.name=a\\", "invalid field selector: invalid escape sequence: \\"),
    ],
)
def test_a_bad_field_selector_is_refused_in_the_servers_words(resource: str, text: str, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        Selection.parse(resource, "", text)
    assert (refused.value.code, refused.value.message) == (400, message)


def test_values_may_be_escaped() -> None:
    assert fields.parse("events", r"reason=a\,b\=c\\").matches({"metadata": {}, "reason": "a,b=c\\"})


def test_custom_resources_have_the_fields_their_definition_selects() -> None:
    chosen = Selection.parse("crontabs.example.com", "", "spec.color=red", [".spec.color"])
    assert chosen.matches({"metadata": {"name": "a"}, "spec": {"color": "red"}})
    with pytest.raises(ApiError, match=r"field label not supported: spec\.size"):
        Selection.parse("crontabs.example.com", "", "spec.size=1", [".spec.color"])


@given(st.text(alphabet="ab=!(),<>\\ in\t", max_size=20))
def test_no_text_breaks_the_parsers(text: str) -> None:
    with contextlib.suppress(SelectorError):
        parsed = label_parser.parse(text)
        assert str(label_parser.parse(str(parsed))) == str(parsed)
    with contextlib.suppress(SelectorError):
        fields.parse("pods", text)
