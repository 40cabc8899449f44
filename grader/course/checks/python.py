"""The model of the check kind `python`."""

from __future__ import annotations

from pydantic import Field

from grader.course.model import Duration, Model


class Python(Model):
    """A pytest function of the lab's own, for what no other kind says.

    Its fixtures: `cluster`, `workspace`, `parameters`.
    """

    file: str = Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*\.py$")
    test: str = Field(pattern=r"^test_\w+$")
    timeout: Duration = 30.0
