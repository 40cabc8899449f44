"""The model of the check kind `pods`."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from grader.course.checks.common import PodChoice
from grader.course.model import Amount, Model


class ContainerState(Model):
    """What a container of each pod must be like.

    `image` is compared as `image` checks do; probes are compared in part.
    """

    image: str | None = None
    ready: bool | None = None
    restarts: Amount | None = None


class Pods(PodChoice):
    """How many pods there are and in what state.

    Pods that are being deleted do not count unless `terminating` says so.
    """

    choice_needed: ClassVar[bool] = False

    count: Amount | None = None
    ready: bool | None = None
    phase: Literal["Pending", "Running", "Succeeded", "Failed"] | None = None
    containers: dict[str, ContainerState] | None = None
    restarts: Amount | None = None
    nodes: Amount | None = None
    owner: Literal["ReplicaSet", "DaemonSet", "StatefulSet", "Job", "none"] | None = None
    replaced: Amount | None = None
    terminating: Amount | None = Field(default=None, description="how many may be on their way out")
