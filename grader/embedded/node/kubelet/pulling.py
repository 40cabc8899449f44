"""Getting a container's image onto the node (k8s.io/docs/concepts/containers/images)."""

from __future__ import annotations

from grader.embedded.node.kubelet.backoff import duration
from grader.embedded.node.kubelet.parts import Node, Parts
from grader.embedded.node.kubelet.record import Record
from grader.embedded.node.runtime import ImageInfo, PullError
from grader.embedded.objects import Obj


class ImageError(Exception):
    """An image that is not there. `reason` is the container's waiting reason; `pulled` whether a pull was tried."""

    def __init__(self, reason: str, message: str, *, pulled: bool = False) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.pulled = pulled


async def ensure_image(parts: Parts, node: Node, pod: Obj, record: Record) -> ImageInfo:
    """The image by its pull policy, with the events that go with it. Raises ImageError."""
    image = record.spec["image"]
    path = record.field_path
    try:
        present = parts.runtime.present(image, node.name)
    except PullError as error:
        node.events.event(pod, "Warning", "InspectFailed", error.message, field_path=path)
        raise ImageError("InvalidImageName", error.message) from error
    policy = record.spec.get("imagePullPolicy") or "IfNotPresent"
    if present is not None and policy != "Always":
        text = f'Container image "{image}" already present on machine and can be accessed by the pod'
        node.events.event(pod, "Normal", "Pulled", text, field_path=path)
        return present
    if policy == "Never":
        text = f'Container image "{image}" is not present with pull policy of Never'
        node.events.event(pod, "Warning", "ErrImageNeverPull", text, field_path=path)
        raise ImageError("ErrImageNeverPull", text)
    _look_for_secrets(parts, node, pod)
    return await _pull(parts, node, pod, record, image)


def _look_for_secrets(parts: Parts, node: Node, pod: Obj) -> None:
    """Credentials are not needed here, but a pod that names missing ones is told, as on any node."""
    namespace = pod["metadata"]["namespace"]
    wanted = [reference.get("name", "") for reference in pod["spec"].get("imagePullSecrets") or ()]
    missing = [name for name in wanted if parts.client.get("secrets", namespace, name) is None]
    if missing:
        names = ", ".join(missing)
        text = f"Unable to retrieve some image pull secrets ({names}); attempting to pull the image may not succeed."
        node.events.event(pod, "Warning", "FailedToRetrieveImagePullSecret", text)


async def _pull(parts: Parts, node: Node, pod: Obj, record: Record, image: str) -> ImageInfo:
    path = record.field_path
    node.events.event(pod, "Normal", "Pulling", f'Pulling image "{image}"', field_path=path)
    try:
        pulled = await parts.runtime.pull(image, False, node.name)
    except PullError as error:
        text = _as_grpc(error.message)
        node.events.event(pod, "Warning", "Failed", f'Failed to pull image "{image}": {text}', field_path=path)
        raise ImageError("ErrImagePull", text, pulled=True) from error
    node.pulled = True
    took, waited = duration(round(pulled.seconds, 3)), duration(round(pulled.waited, 3))
    node.events.event(
        pod,
        "Normal",
        "Pulled",
        f'Successfully pulled image "{image}" in {took} ({waited} including waiting). '
        f"Image size: {pulled.image.size} bytes.",
        field_path=path,
    )
    return pulled.image


def _as_grpc(message: str) -> str:
    """An error as it comes over the container runtime interface."""
    if message.startswith("rpc error:"):
        return message
    code = "NotFound" if message.endswith(": not found") else "Unknown"
    return f"rpc error: code = {code} desc = {message}"
