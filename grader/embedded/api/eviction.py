"""Evicting pods within their disruption budgets, and binding pods to nodes.

k8s.io/docs/concepts/scheduling-eviction/api-eviction
"""

from __future__ import annotations

from aiohttp import web

from grader.embedded.api.answers import respond
from grader.embedded.api.context import Call
from grader.embedded.api.decoding import read_object_as
from grader.embedded.machinery.deletion import DeletionRequest
from grader.embedded.machinery.selectors import selector_of
from grader.embedded.objects import Key, Obj, clone, is_true, labels_of
from grader.embedded.status import ApiError, conflict, internal, not_found

_BUDGETS = "poddisruptionbudgets.policy"
_FREE_PHASES = ("Succeeded", "Failed", "Pending")
_DONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


async def evict(call: Call) -> web.Response:
    """POST of an Eviction: a deletion that budgets may refuse with 429."""
    eviction = await read_object_as(call, "policy/v1", "Eviction")
    pod = _pod(call)
    request = DeletionRequest.from_options(eviction.get("deleteOptions") or {})
    if pod.get("status", {}).get("phase") not in _FREE_PHASES and "deletionTimestamp" not in pod["metadata"]:
        _take_from_budget(call, pod)
    call.parts.operations.delete("pods", call.key, call.options(), request)
    return respond(_DONE, 201)


def _pod(call: Call) -> Obj:
    pod = call.parts.store.get("pods", call.key)
    if pod is None:
        raise not_found("pods", "", call.info.name)
    return pod


def _take_from_budget(call: Call, pod: Obj) -> None:
    """Raises ApiError 429 when a budget has nothing left, 500 when two claim the pod."""
    namespace = call.key.namespace
    labels = labels_of(pod)
    budgets = [
        b for b in call.parts.store.list(_BUDGETS, namespace) if selector_of(b["spec"].get("selector")).matches(labels)
    ]
    if not budgets:
        return
    if len(budgets) > 1:
        raise internal(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        )
    budget = budgets[0]
    if not is_true(pod, "Ready") and budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return
    status = budget.get("status", {})
    if status.get("disruptionsAllowed", 0) <= 0:
        raise _refused(budget)
    changed = clone(budget)
    changed["status"]["disruptionsAllowed"] -= 1
    changed["status"].setdefault("disruptedPods", {})[pod["metadata"]["name"]] = pod["metadata"]["creationTimestamp"]
    if not call.options().dry_run:
        call.parts.operations.update(_BUDGETS, changed, call.options(tracked=False), "status")


def _refused(budget: Obj) -> ApiError:
    name, status = budget["metadata"]["name"], budget.get("status", {})
    cause = (
        f"The disruption budget {name} needs {status.get('desiredHealthy', 0)} healthy pods and has "
        f"{status.get('currentHealthy', 0)} currently"
    )
    return ApiError(
        429,
        "TooManyRequests",
        "Cannot evict pod as it would violate the pod's disruption budget.",
        {"causes": [{"reason": "DisruptionBudget", "message": cause}]},
    )


async def bind(call: Call) -> web.Response:
    """POST of a Binding: puts a pod that has no node on one."""
    binding = await read_object_as(call, "v1", "Binding")
    name = call.info.name or binding["metadata"].get("name", "")
    key = Key(call.info.namespace, name)
    pod = call.parts.store.get("pods", key)
    if pod is None:
        raise not_found("pods", "", name)
    node = pod["spec"].get("nodeName")
    if node:
        raise conflict("pods/binding", "", name, f'pod {name} is already assigned to node "{node}"')
    call.parts.operations.bind(key, binding.get("target", {}).get("name", ""), call.options(tracked=False))
    return respond(_DONE, 201)
