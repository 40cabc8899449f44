"""The model of the check kind `exec`."""

from __future__ import annotations

from pydantic import Field

from grader.course.checks.common import ContainerChoice
from grader.course.model import Duration, TextMatch


class Exec(ContainerChoice, TextMatch):
    """A command run in a container: what it prints and how it ends.

    A string is given to `sh -c`, a list is run as it is.
    """

    run: str | list[str]
    exit: int | None = Field(default=0, ge=0, le=255)
    every_pod: bool = False
    timeout: Duration = 10.0
