"""The model of the check kind `command`."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from grader.course.model import Amount, Count, Model, Pattern


class Wrote(Model):
    """A write the cluster's audit log has: kubectl's (or anybody's) request, in Kubernetes' words."""

    verb: Literal["create", "update", "patch", "delete", "deletecollection"] | None = None
    resource: str | None = None
    name: str | None = None
    subresource: str | None = None
    succeeded: bool = True


class Command(Model):
    """What was run since the lab was started: `ran` in the learner's recorded commands, or `wrote` in the audit log.

    With both, the audit log is asked where the environment keeps one, and the recorded commands elsewhere.
    """

    ran: Pattern | None = None
    wrote: Wrote | None = None
    count: Amount = Count(min=1)

    @model_validator(mode="after")
    def _something(self) -> Command:
        if self.ran is None and self.wrote is None:
            raise PydanticCustomError("command", "'ran' or 'wrote' is needed", {})
        return self
