"""The model of the check kind `service`."""

from __future__ import annotations

from typing import Literal

from grader.course.checks.common import Namespaced, PodChoice
from grader.course.model import Amount, Duration, Selector, TextMatch


class Answer(TextMatch):
    """A request to the service and what it must answer.

    `every_pod`: each ready pod must have answered at least once.
    """

    path: str = "/"
    status: int | None = None
    every_pod: bool = False
    timeout: Duration = 3.0


class InsideAnswer(Answer):
    """`source`: the pod to ask from (by exec, with curl or wget); without it the cluster's own proxy asks."""

    source: PodChoice | None = None


class Service(Namespaced):
    """A service: its fields, its endpoints, and whether it answers inside and outside the cluster."""

    service: str
    type: Literal["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"] | None = None
    port: int | str | None = None
    target_port: int | str | None = None
    node_port: int | None = None
    selector: Selector | None = None
    headless: bool | None = None
    external_name: str | None = None
    endpoints: Amount | Literal["ready-pods"] | None = None
    inside: InsideAnswer | bool | None = None
    outside: Answer | bool | None = None
