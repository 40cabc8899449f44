"""The model of the check kind `rollout`."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from grader.course.checks.common import Namespaced
from grader.course.model import Amount, Model


class Strategy(Model):
    """The strategy's fields as the deployment must have them; what is not written is not looked at."""

    type: Literal["RollingUpdate", "Recreate"] | None = None
    maxSurge: int | str | None = None
    maxUnavailable: int | str | None = None


class Seen(Model):
    """What every moment of the rollout must have been like.

    `pods`: pods that existed; `ready`: pods that were ready; `together`: whether two versions were ever up at once.
    """

    pods: Amount | None = None
    ready: Amount | None = None
    together: bool | None = None
    rollouts: Literal["last", "all"] = "last"

    @model_validator(mode="after")
    def _something(self) -> Seen:
        if self.pods is None and self.ready is None and self.together is None:
            raise PydanticCustomError("seen", "one of 'pods', 'ready' and 'together' is needed", {})
        return self


class Rollout(Namespaced):
    """The state and the history of a deployment's rollouts."""

    deployment: str
    state: Literal["complete", "progressing", "stuck", "paused"] | None = "complete"
    replicas: Amount | None = None
    image: str | dict[str, str] | None = None
    revision: Amount | None = None
    history: Amount | None = None
    replica_sets: Amount | None = None
    strategy: Strategy | None = None
    seen: Seen | None = None
