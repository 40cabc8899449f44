"""Image references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.images import digest_of, parse, same

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("nginx", "docker.io/library/nginx:latest", True),
        ("nginx:1.27", "index.docker.io/library/nginx:1.27", True),
        ("me/app", "docker.io/me/app:latest", True),
        ("nginx:1.27", "nginx:1.28", False),
        ("localhost:5000/app", "app", False),
        ("localhost:5000/app:1", "localhost:5000/app:1", True),
        (f"nginx@{DIGEST}", f"nginx:1.27@{DIGEST}", True),
        ("ghcr.io/a/b:1", "a/b:1", False),
    ],
)
def test_references_are_compared_in_full(one: str, other: str, equal: bool) -> None:
    assert same(one, other) is equal


def test_the_digest_is_found_in_any_form() -> None:
    assert digest_of(f"docker.io/library/nginx@{DIGEST}") == DIGEST
    assert digest_of(f"docker-pullable://nginx@{DIGEST}") == DIGEST
    assert digest_of("") == ""


@given(st.text(max_size=40))
def test_any_text_can_be_taken_apart(text: str) -> None:
    assert same(text, text) or parse(text)
