"""Labs are found by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course.catalogue import find, following, places
from grader.errors import UsageError


@pytest.fixture
def labs(tmp_path: Path) -> Path:
    for name in ("docker/01-volumes", "kubernetes/02-pods", "kubernetes/10-scaling", "docker/03-pods"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "lab.yaml").write_text("")
    return tmp_path


def test_kubernetes_comes_first_and_numbers_order_a_topic(labs: Path) -> None:
    assert [place.id for place in places(labs)] == [
        "kubernetes/pods",
        "kubernetes/scaling",
        "docker/volumes",
        "docker/pods",
    ]


@pytest.mark.parametrize("name", ["scaling", "kubernetes/scaling", "kubernetes/10-scaling"])
def test_a_lab_has_several_names(labs: Path, name: str) -> None:
    assert find(labs, name).id == "kubernetes/scaling"


def test_a_folder_is_a_name_too(labs: Path) -> None:
    assert find(labs, str(labs / "docker" / "01-volumes")).id == "docker/volumes"


def test_an_ambiguous_name_asks_for_the_topic(labs: Path) -> None:
    with pytest.raises(UsageError, match="Write the topic too"):
        find(labs, "pods")


def test_a_misspelled_name_names_the_nearest(labs: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean scaling"):
        find(labs, "scalling")


def test_the_next_lab_follows_and_the_last_has_none(labs: Path) -> None:
    known = places(labs)
    assert following(known, known[0]) == known[1]
    assert following(known, known[-1]) is None
