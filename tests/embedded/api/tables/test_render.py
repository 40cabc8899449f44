"""Table documents: columns, rows and what comes with them."""

from __future__ import annotations

from typing import Any

import pytest

from grader.embedded.api.tables import render
from grader.embedded.status import ApiError

CONFIG: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a", "creationTimestamp": "1970-01-01T00:00:00Z"},
    "data": {"k": "v"},
}


def test_a_table_has_columns_and_a_row_for_each_object() -> None:
    table = render("configmaps", [CONFIG, CONFIG], now=5.0, version="7")
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert table["metadata"] == {"resourceVersion": "7"}
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert set(table["columnDefinitions"][0]) == {"name", "type", "format", "description", "priority"}
    assert [row["cells"] for row in table["rows"]] == [["a", 1, "5s"]] * 2


def test_rows_carry_metadata_unless_asked_otherwise() -> None:
    def included(include: str) -> Any:
        return render("configmaps", [CONFIG], now=5.0, include=include)["rows"][0]["object"]

    partial = {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": CONFIG["metadata"],
    }
    assert included("Metadata") == partial
    assert included("") == partial
    assert included("Object") == CONFIG
    assert included("None") is None


def test_an_unknown_include_is_refused() -> None:
    with pytest.raises(ApiError) as refused:
        render("configmaps", [CONFIG], now=5.0, include="All")
    assert refused.value.code == 400
    assert refused.value.message == (
        "Unable to convert to Table as requested: includeObject: Invalid value: \"All\": must be 'Metadata', 'Object', "
        "'None', or empty"
    )


def test_later_events_of_a_watch_leave_the_columns_out() -> None:
    assert render("configmaps", [CONFIG], now=5.0, headers=False)["columnDefinitions"] == []


def test_kinds_without_columns_print_name_and_age() -> None:
    table = render("bindings", [CONFIG], now=5.0)
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Age"]
    assert table["rows"][0]["cells"] == ["a", "5s"]


COLUMNS = [
    {"name": "Spec", "type": "string", "jsonPath": ".spec.cronSpec", "description": "The schedule"},
    {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas", "priority": 1},
    {"name": "Ratio", "type": "number", "jsonPath": ".spec.ratio"},
    {"name": "On", "type": "boolean", "jsonPath": ".spec.on"},
    {"name": "Ready", "type": "string", "jsonPath": '.status.conditions[?(@.type=="Ready")].status'},
    {"name": "Last", "type": "date", "jsonPath": ".status.last"},
    {"name": "Labels", "type": "string", "jsonPath": ".metadata.labels"},
    {"name": "Odd", "type": "string", "jsonPath": ".spec[?(@.a=~'x')]"},
]


def custom(obj: dict[str, Any], columns: list[dict[str, Any]]) -> dict[str, Any]:
    return render("crontabs.example.com", [obj], now=100.0, columns=columns)


def test_custom_resources_print_the_columns_of_their_definition() -> None:
    obj = {
        "metadata": {"name": "c", "labels": {"a": "b"}},
        "spec": {"cronSpec": "* *", "replicas": 3, "ratio": 0.5, "on": True},
        "status": {
            "conditions": [{"type": "X", "status": "False"}, {"type": "Ready", "status": "True"}],
            "last": "1970-01-01T00:01:00Z",
        },
    }
    table = custom(obj, COLUMNS)
    assert table["rows"][0]["cells"] == ["c", "* *", 3, 0.5, True, "True", "40s", '{"a":"b"}', None]
    assert table["columnDefinitions"][1] == {
        "name": "Spec",
        "type": "string",
        "format": "",
        "description": "The schedule",
        "priority": 0,
    }
    assert table["columnDefinitions"][2]["priority"] == 1
    assert table["columnDefinitions"][2]["description"].endswith("(in JSONPath format): .spec.replicas")


def test_absent_values_and_values_of_another_type_are_null() -> None:
    assert custom({"metadata": {"name": "c"}}, COLUMNS)["rows"][0]["cells"] == ["c"] + [None] * 8
    wrong = {"metadata": {"name": "c"}, "spec": {"replicas": "3", "ratio": True, "on": "yes"}, "status": {"last": 5}}
    assert custom(wrong, COLUMNS)["rows"][0]["cells"] == ["c"] + [None] * 8


def test_custom_resources_without_columns_print_name_and_age() -> None:
    table = custom({"metadata": {"name": "c", "creationTimestamp": "1970-01-01T00:00:00Z"}}, [])
    assert [(column["name"], column["type"]) for column in table["columnDefinitions"]] == [
        ("Name", "string"),
        ("Age", "date"),
    ]
    assert table["rows"][0]["cells"] == ["c", "100s"]
