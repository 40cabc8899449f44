"""Starting one container: image, configuration, process, postStart hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.embedded.node.kubelet import probing
from grader.embedded.node.kubelet.configuration import container_config
from grader.embedded.node.kubelet.environment import environment
from grader.embedded.node.kubelet.fields import FieldError
from grader.embedded.node.kubelet.hooks import HookError, run_hook
from grader.embedded.node.kubelet.pulling import ImageError, ensure_image
from grader.embedded.node.kubelet.record import Record
from grader.embedded.node.kubelet.references import MissingError
from grader.embedded.node.kubelet.termination import stop_container
from grader.embedded.node.runtime import Container, ContainerConfig, Exit, ImageInfo, StartError
from grader.embedded.objects import Obj

if TYPE_CHECKING:
    from grader.embedded.node.kubelet.worker import PodWorker

CONFIG_RETRY_SECONDS = 10.0


async def start(worker: PodWorker, record: Record) -> None:
    """Bring a container up, or note why it waits and when it is tried again."""
    try:
        image = await ensure_image(worker.parts, worker.node, worker.pod, record)
        if worker.stopping:
            return
        config = _configured(worker, record, image)
        container = worker.parts.runtime.create(config)
    except ImageError as error:
        _image_failed(worker, record, error)
    except (MissingError, FieldError) as error:
        _config_failed(worker, record, str(error))
    except StartError as error:
        _waits(worker, record, "CreateContainerError", error.message)
        record.retry_at = worker.parts.clock.now() + CONFIG_RETRY_SECONDS
    else:
        record.pull_error = None
        await _run(worker, record, container)


def _configured(worker: PodWorker, record: Record, image: ImageInfo) -> ContainerConfig:
    pod, parts = worker.pod, worker.parts
    links = pod["spec"].get("enableServiceLinks", True)
    services = parts.service_variables(pod["metadata"]["namespace"], links)
    variables = environment(parts.client, pod, record.spec, services, worker.sandbox.facts)
    return container_config(
        pod,
        record.spec,
        hostname=worker.sandbox.hostname,
        address=worker.sandbox.address,
        environment=variables,
        volumes=worker.sandbox.volumes,
        files=worker.sandbox.files,
        image=image,
        runtime=parts.runtime,
    )


async def _run(worker: PodWorker, record: Record, container: Container) -> None:
    node, pod, path = worker.node, worker.pod, record.field_path
    now = worker.parts.clock.now()
    if record.exit is not None and record.container is not None:
        record.backoff.next(now, record.exited_at)
    node.events.event(pod, "Normal", "Created", "Container created", field_path=path)
    record.begins(container)
    record.holding = True
    try:
        await container.start()
    except StartError as error:
        node.events.event(pod, "Warning", "Failed", f"Error: {error.message}", field_path=path)
        now = worker.parts.clock.now()
        record.ends(Exit(error.exit_code, None, error.reason, error.message, 0.0, now))
        record.waiting = ("RunContainerError", error.message)
        worker.dirty = True
        return
    node.events.event(pod, "Normal", "Started", "Container started", field_path=path)
    container.on_exit(lambda how: worker.exited(record, container, how))
    hook = (record.spec.get("lifecycle") or {}).get("postStart")
    if hook and not await _post_start(worker, record, container, hook):
        return
    if record.container is not container or not record.running:
        return
    record.holding = False
    record.waiting = None
    worker.dirty = True
    if not worker.stopping:
        probing.begin(worker, record)


async def _post_start(worker: PodWorker, record: Record, container: Container, hook: Obj) -> bool:
    try:
        await run_hook(worker.parts, worker.pod, record.spec, container, hook, worker.sandbox.address)
    except HookError as error:
        node, pod = worker.node, worker.pod
        node.events.event(pod, "Warning", "FailedPostStartHook", "PostStartHook failed", field_path=record.field_path)
        await stop_container(worker, record, "FailedPostStartHook", worker.grace)
        record.waiting = ("PostStartHookError", str(error))
        worker.dirty = True
        return False
    return True


def _waits(worker: PodWorker, record: Record, reason: str, message: str, event: str | None = None) -> None:
    record.waiting = (reason, message)
    worker.dirty = True
    text = f"Error: {event or message}"
    worker.node.events.event(worker.pod, "Warning", "Failed", text, field_path=record.field_path)


def _config_failed(worker: PodWorker, record: Record, message: str) -> None:
    _waits(worker, record, "CreateContainerConfigError", message)
    record.retry_at = worker.parts.clock.now() + CONFIG_RETRY_SECONDS


def _image_failed(worker: PodWorker, record: Record, error: ImageError) -> None:
    now = worker.parts.clock.now()
    _waits(worker, record, error.reason, error.message, error.reason)
    if error.pulled:
        record.pull_backoff.next(now, now)
        record.pull_error = (error.message, now)
        record.retry_at = now + record.pull_backoff.seconds
    else:
        record.retry_at = now + CONFIG_RETRY_SECONDS
