"""The model of the check kind `http`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from grader.course.checks.common import PodChoice
from grader.course.model import Duration, TextMatch


class Http(PodChoice, TextMatch):
    """An HTTP request: to a `url` from this machine, or to pods and their `port` through the cluster's proxy.

    `status: 0` means that nothing may answer.
    """

    choice_needed: ClassVar[bool] = False

    url: str | None = Field(default=None, pattern=r"^https?://")
    port: int | None = Field(default=None, ge=1, le=65535)
    path: str = Field(default="/", pattern="^/")
    host: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    status: int = Field(default=200, ge=0, le=599)
    every_pod: bool = False
    timeout: Duration = 3.0

    @model_validator(mode="after")
    def _one_target(self) -> Http:
        pods = any((self.selector, self.pod, self.deployment))
        if bool(self.url) == pods:
            raise PydanticCustomError("http", "either 'url' or one of 'selector', 'pod', 'deployment' is needed", {})
        return self
