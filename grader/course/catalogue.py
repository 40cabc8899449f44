"""The labs there are: found by folder, named by slug (`scaling`) or with their topic (`kubernetes/scaling`)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.course.loading import MANIFEST
from grader.errors import UsageError
from grader.language import text

_FOLDER = re.compile(r"(?P<number>\d{2})-(?P<slug>[a-z0-9-]+)")


@dataclass(frozen=True, order=True)
class Place:
    """A lab's place in the course: the topic, its number there, its slug and its folder."""

    topic: str
    number: int
    slug: str
    folder: Path

    @property
    def id(self) -> str:
        """`kubernetes/scaling`."""
        return f"{self.topic}/{self.slug}"


def places(root: Path) -> list[Place]:
    """All labs below a `labs` folder, Kubernetes first, in the order of the course."""
    return sorted(_places(root), key=lambda place: (place.topic != "kubernetes", place))


def _places(root: Path) -> Iterator[Place]:
    for manifest in root.glob(f"*/*/{MANIFEST}"):
        if match := _FOLDER.fullmatch(manifest.parent.name):
            yield Place(manifest.parent.parent.name, int(match["number"]), match["slug"], manifest.parent)


def find(root: Path, name: str) -> Place:
    """The lab with a name: slug, topic and slug, or the path of a lab's folder.

    Raises UsageError naming the nearest.
    """
    folder = Path(name)
    if "/" in name and (folder / MANIFEST).is_file():
        return at(folder)
    known = places(root)
    found = [place for place in known if name in (place.id, place.slug, f"{place.topic}/{place.folder.name}")]
    if len(found) == 1:
        return found[0]
    if found:
        both = ", ".join(place.id for place in found)
        raise UsageError(
            text("Several labs are named {name}: {both}.", name=name, both=both), text("Write the topic too.")
        )
    near = difflib.get_close_matches(name, [word for place in known for word in (place.slug, place.id)], 1, 0.5)
    remedy = (
        text("Did you mean {near}? `lab list` shows them all.", near=near[0])
        if near
        else text("`lab list` shows all labs.")
    )
    raise UsageError(text("No lab is named {name}.", name=name), remedy)


def at(folder: Path) -> Place:
    """The place of a lab whose folder is given, inside the course or not."""
    folder = folder.resolve()
    match = _FOLDER.fullmatch(folder.name)
    number, slug = (int(match["number"]), match["slug"]) if match else (0, folder.name)
    return Place(folder.parent.name, number, slug, folder)


def following(known: list[Place], place: Place) -> Place | None:
    """The lab after this one, or None at the end."""
    later = known[known.index(place) + 1 :] if place in known else []
    return later[0] if later else None
