"""Parts that several kinds of checks share: which pods are meant."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from grader.course.model import Model, Selector


class Namespaced(Model):
    """A kind that looks into a namespace: its own, or the environment's when none is given."""

    namespace: str | None = Field(default=None, max_length=63)


class PodChoice(Namespaced):
    """Which pods are meant: by label selector, by name (`*` at the end for any ending), or all of a deployment."""

    selector: Selector | None = None
    pod: str | None = None
    deployment: str | None = None
    choice_needed: ClassVar[bool] = True

    @model_validator(mode="after")
    def _one_way(self) -> PodChoice:
        given = [name for name in ("selector", "pod", "deployment") if getattr(self, name) is not None]
        if len(given) > 1 or (self.choice_needed and not given):
            raise PydanticCustomError("choice", "exactly one of 'selector', 'pod' and 'deployment' is needed", {})
        return self


class ContainerChoice(PodChoice):
    """A container of the pods that are meant; without a name the first one."""

    container: str | None = None
