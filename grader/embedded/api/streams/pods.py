"""The container that a streaming request means."""

from __future__ import annotations

from grader.embedded.api.context import Call
from grader.embedded.node.kubelet import Kubelets
from grader.embedded.node.runtime import Container
from grader.embedded.status import ApiError


def kubelets_of(call: Call) -> Kubelets:
    """The nodes' agents. Raises ApiError in a cluster that has none."""
    if call.parts.kubelets is None:
        raise ApiError(
            501, "NotImplemented", "this cluster runs without kubelets: start it without --no-kubelet to run containers"
        )
    return call.parts.kubelets


def running_container(call: Call) -> Container:
    """The container to exec in or attach to. Raises ApiError with the API server's words."""
    return kubelets_of(call).running(*call.key, call.request.query.get("container"))
