"""Events about objects: what `kubectl describe` and `kubectl get events` show.

The same event again (same object, reason, message, type, source) raises its count instead of making a new
object, as client-go's event recorder does (k8s.io/client-go, package tools/record).
"""

from __future__ import annotations

import itertools

from grader.embedded.clock import Clock, timestamp
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.correlation import Correlator
from grader.embedded.objects import Obj, clone
from grader.embedded.status import ApiError

_REMEMBERED = 4096
_numbers = itertools.count()


class EventRecorder:
    """Writes events as one component. `host` is the node, for kubelets."""

    def __init__(self, client: Client, clock: Clock, component: str, host: str = "") -> None:
        self._client = client
        self._clock = clock
        self._source = {"component": component, "host": host} if host else {"component": component}
        self._component = component
        self._host = host
        self._correlator = Correlator()
        self._seen: dict[tuple[str, ...], tuple[str, str]] = {}

    def event(self, obj: Obj, kind: str, reason: str, message: str, *, field_path: str = "") -> None:
        """Record an event. `kind` is Normal or Warning; `field_path` such as `spec.containers{web}`.

        An event that cannot be written is lost, as in Kubernetes: it never stops its component. So is one of too many.
        """
        reference = _reference(obj, field_path)
        verdict = self._correlator.judge(reference, kind, reason, message, self._clock.now())
        if verdict is None:
            return
        signature, message = verdict
        try:
            if not self._count(signature, message):
                self._create(reference, kind, reason, message, signature)
        except ApiError:
            self._seen.pop(signature, None)

    def _count(self, signature: tuple[str, ...], message: str) -> bool:
        place = self._seen.get(signature)
        known = self._client.get("events", *place) if place else None
        if known is None:
            return False
        event = clone(known)
        event["count"] = event.get("count", 1) + 1
        event["message"] = message
        event["lastTimestamp"] = timestamp(self._clock.now())
        self._client.update("events", event)
        return True

    def _create(self, reference: Obj, kind: str, reason: str, message: str, signature: tuple[str, ...]) -> None:
        now = self._clock.now()
        namespace = reference.get("namespace") or "default"
        name = f"{reference['name']}.{int(now * 1e9) + next(_numbers):x}"
        self._client.create(
            "events",
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": name, "namespace": namespace},
                "involvedObject": reference,
                "reason": reason,
                "message": message,
                "source": dict(self._source),
                "firstTimestamp": timestamp(now),
                "lastTimestamp": timestamp(now),
                "count": 1,
                "type": kind,
                "eventTime": None,
                "reportingComponent": self._component,
                "reportingInstance": self._host,
            },
        )
        if len(self._seen) >= _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[signature] = (namespace, name)


def _reference(obj: Obj, field_path: str) -> Obj:
    meta = obj["metadata"]
    reference = {
        "kind": obj["kind"],
        "namespace": meta.get("namespace"),
        "name": meta["name"],
        "uid": meta.get("uid", ""),
        "apiVersion": obj["apiVersion"],
        "resourceVersion": meta.get("resourceVersion"),
        "fieldPath": field_path,
    }
    return {key: value for key, value in reference.items() if value}
