"""The model of the check kind `image`."""

from __future__ import annotations

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from grader.course.checks.common import ContainerChoice


class Image(ContainerChoice):
    """Which image runs: the reference that was asked for, and the digest that was pulled for it.

    `running` is compared with what the specification asks for (`nginx:1.27`; Docker Hub's prefixes do not matter);
    `digest` with status.containerStatuses[].imageID; `pinned`: whether the specification asks by digest;
    `same_digest`: whether all pods run the same one.
    """

    running: str | None = None
    digest: str | None = Field(default=None, pattern=r"^sha256:[0-9a-f]{64}$")
    pinned: bool | None = None
    same_digest: bool | None = None

    @model_validator(mode="after")
    def _something(self) -> Image:
        if all(value is None for value in (self.running, self.digest, self.pinned, self.same_digest)):
            raise PydanticCustomError("image", "one of 'running', 'digest', 'pinned' and 'same_digest' is needed", {})
        return self
