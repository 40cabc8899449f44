"""References as the distribution project's library reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.node.images.reference import InvalidReferenceError, parse_reference

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27"),
        ("brianstorti/hellok8s:v1", "docker.io/brianstorti/hellok8s:v1"),
        ("docker.io/nginx", "docker.io/library/nginx:latest"),
        ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"),
        ("localhost/x", "localhost/x:latest"),
        ("localhost:5000/a/b:c", "localhost:5000/a/b:c"),
        (f"nginx@{DIGEST}", f"docker.io/library/nginx@{DIGEST}"),
        (f"nginx:1@{DIGEST}", f"docker.io/library/nginx:1@{DIGEST}"),
    ],
)
def test_short_forms_have_one_long_form(text: str, long: str) -> None:
    assert str(parse_reference(text)) == long
    assert str(parse_reference(long)) == long


@pytest.mark.parametrize("text", ["", "nginx:", ":v1", "a//b", "a b", "nginx@sha256:12", "-x", "nginx:a/b:c", "\n"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidReferenceError, match="invalid reference format"):
        parse_reference(text)


def test_upper_case_is_named_as_the_reason() -> None:
    with pytest.raises(InvalidReferenceError, match=r"repository name \(library/Nginx\) must be lowercase"):
        parse_reference("Nginx:1")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        long = str(parse_reference(text))
    except InvalidReferenceError:
        return
    assert str(parse_reference(long)) == long
