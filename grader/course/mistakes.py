"""A mistake: a submission that many learners make, the tasks it must fail, and the words its report must contain."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from grader.course.model import Id, Model, Words


class Mistake(Model):
    """`mistakes/<name>/mistake.yaml`.

    `fails`: the ids of exactly the tasks that must not get full marks; `says`: words the report must have.
    """

    apiVersion: Literal["labyard/v1"] = "labyard/v1"
    kind: Literal["Mistake"] = "Mistake"
    about: str = Field(min_length=10)
    fails: list[Id] = Field(min_length=1)
    says: Words = Field(min_length=1)


class NamedMistake(Model):
    """A mistake with its folder."""

    name: str
    folder: Path
    mistake: Mistake
