"""Creating and deleting pods in a controller's name, with the events that tell of it."""

from __future__ import annotations

from collections.abc import Iterable

from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Obj
from grader.embedded.status import ApiError


def is_namespace_going(error: ApiError) -> bool:
    """Whether a write was refused because its namespace is being deleted: nothing to complain about."""
    causes: Iterable[Obj] = (error.details or {}).get("causes") or ()
    return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)


class PodControl:
    """Writes pods for their owner."""

    def __init__(self, client: Client, events: EventRecorder) -> None:
        self._client = client
        self._events = events

    def create(self, owner: Obj, pod: Obj) -> Obj:
        """Create a pod. Raises ApiError, after telling of it."""
        try:
            made = self._client.create("pods", pod)
        except ApiError as error:
            if not is_namespace_going(error):
                self._events.event(owner, "Warning", "FailedCreate", f"Error creating: {error}")
            raise
        self._events.event(owner, "Normal", "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")
        return made

    def create_many(self, owner: Obj, pods: Iterable[Obj]) -> tuple[list[Obj], ApiError | None]:
        """Create pods until one is refused; those made, and the refusal."""
        made = []
        for pod in pods:
            try:
                made.append(self.create(owner, pod))
            except ApiError as error:
                return made, error
        return made, None

    def delete(self, owner: Obj, pod: Obj) -> None:
        """Delete a pod. Raises ApiError, after telling of it."""
        meta = pod["metadata"]
        try:
            self._client.delete("pods", meta["namespace"], meta["name"], uid=meta["uid"])
        except ApiError as error:
            self._events.event(owner, "Warning", "FailedDelete", f"Error deleting: {error}")
            raise
        self._events.event(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")
