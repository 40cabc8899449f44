"""The model of the check kind `logs`."""

from __future__ import annotations

from pydantic import Field

from grader.course.checks.common import ContainerChoice
from grader.course.model import TextMatch


class Logs(ContainerChoice, TextMatch):
    """What pods wrote.

    All pods' logs count together unless `every_pod`; `previous` reads the container before its restart.
    """

    previous: bool = False
    every_pod: bool = False
    tail: int = Field(default=1000, ge=1, le=10_000)
