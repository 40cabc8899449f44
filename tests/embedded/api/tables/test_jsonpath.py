"""The JSONPath of custom columns."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.api.tables.jsonpath import find

OBJ: dict[str, Any] = {
    "spec": {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 443}], "on": True},
    "metadata": {"labels": {"app.kubernetes.io/name": "web"}},
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (".spec.on", [True]),
        ("spec.on", [True]),
        ("{.spec.on}", [True]),
        ("$.spec.on", [True]),
        (".spec.absent.more", []),
        (".spec.ports[0].port", [80]),
        (".spec.ports[-1].name", ["b"]),
        (".spec.ports[9].name", []),
        (".spec.ports[*].port", [80, 443]),
        (".spec.ports[0:1].port", [80]),
        (".spec.ports[?(@.name=='b')].port", [443]),
        ('.spec.ports[?(@.name == "b")].port', [443]),
        (".spec.ports[?(@.port>80)].name", ["b"]),
        (".spec.ports[?(@.port)].name", ["a", "b"]),
        (".spec.ports[?(@.name!='b')].port", [80]),
        (".spec.ports[?(@.name<5)].port", []),
        (".metadata.labels.app\\.kubernetes\\.io/name", ["web"]),
        (".metadata.labels['app\\.kubernetes\\.io/name']", ["web"]),
        (".metadata.labels['app.kubernetes.io/name']", ["web"]),
        (".metadata.labels.*", ["web"]),
        (".", [OBJ]),
    ],
)
def test_a_path_finds_values(path: str, values: list[Any]) -> None:
    assert find(path, OBJ) == values


@pytest.mark.parametrize("path", [".spec[", ".spec[?(@.a=~'b')]", ".a[x]", "]", ".spec.ports[?(@.a==b)]"])
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="unsupported"):
        find(path, OBJ)


@given(st.text(alphabet=".[]'\"?@()=*:\\ab01-$ {}", max_size=25))
def test_no_path_breaks_the_search(path: str) -> None:
    with contextlib.suppress(ValueError):
        find(path, OBJ)
