"""Small rules about pods: priority, tolerations of a node's first minutes of trouble, runtime classes."""

from __future__ import annotations

from grader.embedded.admission.base import Attributes, Plugin
from grader.embedded.objects import Key, Obj
from grader.embedded.store import Store

_SYSTEM_PRIORITIES = {"system-cluster-critical": 2000000000, "system-node-critical": 2000001000}
_TROUBLES = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_TOLERATED_SECONDS = 300
_PRIORITIES = "priorityclasses.scheduling.k8s.io"


def _new_pod(request: Attributes) -> Obj | None:
    if request.verb == "create" and request.resource.key == "pods" and not request.subresource:
        return request.obj
    return None


class Priority(Plugin):
    """priorityClassName becomes a number (k8s.io/docs/concepts/scheduling-eviction/pod-priority-preemption)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def admit(self, request: Attributes) -> None:
        if request.verb == "create" and request.resource.key == _PRIORITIES:
            self._one_default(request)
        pod = _new_pod(request)
        if pod is None:
            return
        spec = pod["spec"]
        name = spec.get("priorityClassName", "")
        policy = "PreemptLowerPriority"
        if name in _SYSTEM_PRIORITIES:
            value = _SYSTEM_PRIORITIES[name]
        else:
            found = self._store.get(_PRIORITIES, Key("", name)) if name else self._default()
            if name and found is None:
                raise request.forbid(f"no PriorityClass with name {name} was found")
            value = found["value"] if found else 0
            if found:
                policy = found.get("preemptionPolicy", policy)
                spec["priorityClassName"] = found["metadata"]["name"]
        if spec.get("priority") not in (None, value):
            raise request.forbid(
                f"the integer value of priority ({spec['priority']}) must not be provided in pod spec; "
                f"priority admission controller computed {value} from the given PriorityClass name"
            )
        spec["priority"] = value
        if spec.get("preemptionPolicy") not in (None, policy):
            raise request.forbid(
                f"the string value of PreemptionPolicy ({spec['preemptionPolicy']}) must not be provided in pod spec; "
                f"priority admission controller computed {policy} from the given PriorityClass name"
            )
        spec["preemptionPolicy"] = policy

    def _default(self) -> Obj | None:
        chosen = [c for c in self._store.each(_PRIORITIES) if c.get("globalDefault")]
        return min(chosen, key=lambda c: int(c["value"]), default=None)

    def _one_default(self, request: Attributes) -> None:
        if request.obj is not None and request.obj.get("globalDefault"):
            default = self._default()
            if default is not None:
                raise request.forbid(
                    f"PriorityClass {default['metadata']['name']} is already marked as default. "
                    "Only one default can exist"
                )


class DefaultTolerationSeconds(Plugin):
    """A pod stays five minutes on a node that is in trouble, unless it says otherwise."""

    def admit(self, request: Attributes) -> None:
        pod = _new_pod(request)
        if pod is None:
            return
        tolerations = pod["spec"].get("tolerations") or []
        missing = [key for key in _TROUBLES if not any(_covers(t, key) for t in tolerations)]
        if missing:
            pod["spec"]["tolerations"] = [
                *tolerations,
                *(
                    {"key": k, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _TOLERATED_SECONDS}
                    for k in missing
                ),
            ]


def _covers(toleration: Obj, key: str) -> bool:
    return toleration.get("key", "") in ("", key) and toleration.get("effect", "") in ("", "NoExecute")


class RuntimeClass(Plugin):
    """A pod's runtime class must exist."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def admit(self, request: Attributes) -> None:
        pod = _new_pod(request)
        name = pod["spec"].get("runtimeClassName") if pod else None
        if name and self._store.get("runtimeclasses.node.k8s.io", Key("", name)) is None:
            raise request.forbid(f'pod rejected: RuntimeClass "{name}" not found')
