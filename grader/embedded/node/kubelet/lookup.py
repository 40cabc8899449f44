"""Which container a request means: logs, exec, attach and port-forward, with the server's words when there is none."""

from __future__ import annotations

from grader.embedded.node.kubelet.record import Record
from grader.embedded.node.kubelet.worker import PodWorker
from grader.embedded.node.runtime import Container
from grader.embedded.objects import Obj
from grader.embedded.status import ApiError, bad_request

_WAITING = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


def container_name(pod: Obj, asked: str | None) -> str:
    """The container that is meant. Raises ApiError 400 when it is not the pod's, or none is named of several."""
    spec, name = pod["spec"], pod["metadata"]["name"]
    regular = _names(spec, "containers")
    init = _names(spec, "initContainers")
    ephemeral = _names(spec, "ephemeralContainers")
    if asked:
        if asked in regular or asked in init or asked in ephemeral:
            return asked
        raise bad_request(f"container {asked} is not valid for pod {name}")
    if len(regular) == 1 and not init and not ephemeral:
        return regular[0]
    text = f"a container name must be specified for pod {name}, choose one of: [{' '.join(regular)}]"
    if init:
        text += f" or one of the init containers: [{' '.join(init)}]"
    if ephemeral:
        text += f" or one of the ephemeral containers: [{' '.join(ephemeral)}]"
    raise bad_request(text)


def _names(spec: Obj, part: str) -> list[str]:
    return [container["name"] for container in spec.get(part) or ()]


def logged(worker: PodWorker, name: str, previous: bool) -> Container:
    """The run whose logs are meant. Raises ApiError 400 while there is none."""
    record = _record(worker, name)
    pod = worker.key.name
    if previous:
        shown_as_last = record.waiting is not None and record.exit is not None
        found = record.container if shown_as_last else record.previous
        if found is None:
            raise bad_request(f'previous terminated container "{name}" in pod "{pod}" not found')
        return found
    if record.container is not None and not record.holding:
        return record.container
    if record.exit is not None:
        raise bad_request(f'container "{name}" in pod "{pod}" is terminated')
    reason = record.waiting[0] if record.waiting else _creating(worker)
    raise bad_request(f'container "{name}" in pod "{pod}" is waiting to start: {_WAITING.get(reason, reason)}')


def running(worker: PodWorker, name: str) -> Container:
    """The container as something to run commands in. Raises ApiError 500 when it does not run, as a kubelet answers."""
    record = _record(worker, name)
    if record.container is None or not record.running:
        raise ApiError(500, "InternalError", f'container not found ("{name}")')
    return record.container


def _record(worker: PodWorker, name: str) -> Record:
    for record in worker.records:
        if record.name == name:
            return record
    raise bad_request(f"container {name} is not valid for pod {worker.key.name}")


def _creating(worker: PodWorker) -> str:
    return "PodInitializing" if worker.pod["spec"].get("initContainers") else "ContainerCreating"
