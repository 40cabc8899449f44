"""Names of images and what follows from their tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.embedded.schema.defaults.containers import pull_policy
from grader.embedded.schema.image_names import ImageName, parse_image

_DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("nginx", ImageName("", "nginx", "latest", "")),
        ("nginx:1.25", ImageName("", "nginx", "1.25", "")),
        ("brianstorti/hellok8s:v1", ImageName("", "brianstorti/hellok8s", "v1", "")),
        ("localhost:5000/a/b", ImageName("localhost:5000", "a/b", "latest", "")),
        ("registry.k8s.io/pause:3.9", ImageName("registry.k8s.io", "pause", "3.9", "")),
        (f"nginx@{_DIGEST}", ImageName("", "nginx", "", _DIGEST)),
        (f"nginx:1@{_DIGEST}", ImageName("", "nginx", "1", _DIGEST)),
    ],
)
def test_an_image_has_a_domain_a_path_and_a_tag_or_digest(image: str, parts: ImageName) -> None:
    assert parse_image(image) == parts


@pytest.mark.parametrize("image", ["", "Nginx", "nginx:", "a//b", "x" * 300, "a" * 64, "nginx:v 1", "-a"])
def test_what_is_no_image_has_no_parts(image: str) -> None:
    assert parse_image(image) is None


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.25", "IfNotPresent"),
        (f"nginx@{_DIGEST}", "IfNotPresent"),
        ("Bad_Value!", "IfNotPresent"),
        ("", "IfNotPresent"),
    ],
)
def test_only_latest_is_always_pulled(image: str, policy: str) -> None:
    assert pull_policy(image) == policy


@given(st.text(alphabet="aA0.:/@_- ", max_size=40))
def test_any_text_is_an_image_or_none(image: str) -> None:
    name = parse_image(image)
    assert name is None or name.path
