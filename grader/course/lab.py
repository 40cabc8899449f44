"""The lab manifest: `apiVersion: labyard/v1`, `kind: Lab`.

These models are its one definition; `lab schema` prints them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from grader.course.checks.command import Command
from grader.course.checks.events import Events
from grader.course.checks.exec import Exec
from grader.course.checks.http import Http
from grader.course.checks.image import Image
from grader.course.checks.logs import Logs
from grader.course.checks.pods import Pods
from grader.course.checks.python import Python
from grader.course.checks.resource import Resource
from grader.course.checks.rollout import Rollout
from grader.course.checks.service import Service
from grader.course.model import Duration, Id, Model, Words
from grader.course.parameters import RESERVED, Parameter, Value


class Check(Model):
    """One assertion: a sentence, exactly one kind with what it asserts, and when and how it counts.

    `within`: wait this long for it to hold; `holds_for`: and then it must stay so; `needs`: ids of checks (or of tasks)
    that must pass first; `hidden`: the learner sees that it failed, not what it looks at; `advice`: the next step to
    suggest when it fails, instead of the diagnosed one.
    """

    name: str = Field(min_length=3, max_length=120)
    id: Id = ""
    within: Duration = 0.0
    holds_for: Duration = 0.0
    needs: Words = Field(default_factory=list)
    points: float = Field(default=1.0, gt=0, le=100)
    hidden: bool = False
    advice: str | None = None

    pods: Pods | None = None
    rollout: Rollout | None = None
    service: Service | None = None
    image: Image | None = None
    resource: Resource | None = None
    events: Events | None = None
    logs: Logs | None = None
    exec: Exec | None = None
    http: Http | None = None
    command: Command | None = None
    python: Python | None = None

    @model_validator(mode="before")
    @classmethod
    def _id_from_name(cls, data: Any) -> Any:
        if isinstance(data, dict) and "id" not in data and isinstance(data.get("name"), str):
            return {**data, "id": "-".join(re.findall("[a-z0-9]+", data["name"].lower()))[:63].strip("-")}
        return data

    @model_validator(mode="after")
    def _one_kind(self) -> Check:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise PydanticCustomError(
                "kind",
                "exactly one kind is needed, one of {kinds}{given}",
                {"kinds": ", ".join(KINDS), "given": f" (here: {', '.join(given)})" if given else ""},
            )
        return self

    @property
    def kind(self) -> str:
        """The name of the kind, such as `pods`."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def spec(self) -> Model:
        """What the kind asserts."""
        spec: Model = getattr(self, self.kind)
        return spec


KINDS: tuple[str, ...] = tuple(
    name
    for name, field in Check.model_fields.items()
    if any(isinstance(part, type) and issubclass(part, Model) for part in getattr(field.annotation, "__args__", ()))
)
"""The names of all kinds of checks, in the order of `Check`'s fields."""


def _hint(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("hint", "a hint is empty", {})
    return value


class Task(Model):
    """What the learner is asked to do. `points`, when given, are shared by its checks in proportion to theirs."""

    id: Id
    title: str = Field(min_length=3, max_length=120)
    text: str = Field(min_length=10)
    points: float | None = Field(default=None, gt=0, le=1000)
    hints: list[Annotated[str, AfterValidator(_hint)]] = Field(default_factory=list)
    checks: list[Check] = Field(min_length=1)

    def points_of(self, check: Check) -> float:
        """What a check of this task is worth."""
        if self.points is None:
            return check.points
        return self.points * check.points / sum(each.points for each in self.checks)


class ClusterNeeds(Model):
    """What the lab asks of its cluster.

    `images` are files of the lab's folder that add to the image catalogue of the embedded cluster.
    """

    nodes: int = Field(default=2, ge=1, le=20)
    images: list[str] = Field(default_factory=list)


class DockerNeeds(Model):
    """What the lab asks of its Docker engine."""


class Environment(Model):
    """Where the lab runs: a cluster or a Docker engine."""

    cluster: ClusterNeeds | None = None
    docker: DockerNeeds | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Environment:
        if (self.cluster is None) == (self.docker is None):
            raise PydanticCustomError("environment", "exactly one of 'cluster' and 'docker' is needed", {})
        return self


class Setup(Model):
    """What is prepared before the learner begins: manifests are applied in order, then commands are run by bash."""

    manifests: list[str] = Field(default_factory=list)
    commands: list[str] = Field(default_factory=list)
    timeout: Duration = 120.0


class Metadata(Model):
    """What the lab is and where it belongs. `lesson` is the lesson's file name without language and `.md`."""

    name: Id
    topic: Id
    title: str = Field(min_length=3, max_length=80)
    lesson: str = Field(default="", pattern=r"^([0-9]{2}-[a-z0-9-]+)?$")
    minutes: int = Field(default=15, ge=1, le=240)
    difficulty: Literal["easy", "medium", "hard"] = "easy"


class Spec(Model):
    """The lab itself."""

    goal: str = Field(min_length=10)
    environment: Environment = Environment(cluster=ClusterNeeds())
    parameters: dict[Id, Parameter] = Field(default_factory=dict)
    setup: Setup = Setup()
    tasks: list[Task] = Field(min_length=1)

    @model_validator(mode="after")
    def _parameter_names(self) -> Spec:
        if taken := RESERVED & set(self.parameters):
            raise PydanticCustomError("parameter", "a parameter cannot be named {name}", {"name": sorted(taken)[0]})
        return self


class Lab(Model):
    """A lab as its author wrote it, parameters filled in, texts in one language."""

    apiVersion: Literal["labyard/v1"]
    kind: Literal["Lab"]
    metadata: Metadata
    spec: Spec
    _folder: Path = PrivateAttr(default=Path())
    _values: dict[str, Value] = PrivateAttr(default_factory=dict)

    @property
    def id(self) -> str:
        """Topic and name: `kubernetes/scaling`."""
        return f"{self.metadata.topic}/{self.metadata.name}"

    @property
    def folder(self) -> Path:
        """The folder the lab was read from."""
        return self._folder

    @property
    def values(self) -> dict[str, Value]:
        """The drawn value of each parameter."""
        return self._values

    def checks(self) -> list[Check]:
        """All checks in the order of the tasks."""
        return [check for task in self.spec.tasks for check in task.checks]

    def task(self, id: str) -> Task:
        """The task with an id. Raises KeyError."""
        return next((task for task in self.spec.tasks if task.id == id), None) or _raise(id)


def _raise(id: str) -> Task:
    raise KeyError(id)
