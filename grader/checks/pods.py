"""The check kind `pods`: how many there are and in what state."""

from __future__ import annotations

from collections.abc import Iterator

from grader.checks import images
from grader.checks.base import PASSED, Context, Outcome, failed, untimed
from grader.checks.choice import chosen, none_chosen, subject
from grader.checks.cluster import Cluster, Obj
from grader.checks.diagnosis import owner, pods_summary, ready, terminating
from grader.course.checks.pods import ContainerState, Pods
from grader.language import Text, counted, listed, text


def judge(spec: Pods, on: Context) -> Outcome:
    """Every assertion in turn; the first that does not hold is the finding."""
    found = chosen(spec, on.cluster)
    if isinstance(found, Outcome):
        return found
    leaving = [pod for pod in found if terminating(pod)]
    pods = [pod for pod in found if not terminating(pod)]
    outcome = next((outcome for outcome in _judgements(spec, on, pods, leaving) if not outcome.passed), PASSED)
    return outcome if _timed(spec) else untimed(outcome)


def _timed(spec: Pods) -> bool:
    """Whether what is asked for may come about by time alone: restarts, ends, and pods that stop being ready."""
    containers = (spec.containers or {}).values()
    restarts = spec.restarts is not None or any(each.restarts is not None for each in containers)
    return restarts or spec.ready is False or spec.phase in ("Succeeded", "Failed")


def _judgements(spec: Pods, on: Context, pods: list[Obj], leaving: list[Obj]) -> Iterator[Outcome]:
    yield _count(spec, on.cluster, pods)
    if spec.ready is not None:
        yield _ready(spec.ready, on.cluster, pods)
    if spec.phase:
        yield _phase(spec.phase, on.cluster, pods)
    for name, state in (spec.containers or {}).items():
        yield _container(name, state, on.cluster, pods)
    if spec.restarts is not None:
        restarts = [sum(_restarts(pod).values()) for pod in pods]
        if not any(spec.restarts.holds(number) for number in restarts):
            yield failed(
                text("a pod with {n} restarts", n=spec.restarts), text("restarts: {found}", found=listed(restarts))
            )
    if spec.nodes is not None:
        yield _nodes(spec, pods)
    if spec.owner:
        yield _owner(spec.owner, pods)
    if spec.replaced is not None:
        number = replaced(pods, spec, on)
        if not spec.replaced.holds(number):
            yield failed(
                text("{n} pods that were replaced by new ones", n=spec.replaced),
                text("{n} were", n=number),
                next_step=text("Delete a pod with `kubectl delete pod NAME` and let its owner make a new one."),
            )
    if spec.terminating is not None and not spec.terminating.holds(len(leaving)):
        actual = counted(len(leaving), "{n} pod is being deleted", "{n} pods are being deleted")
        yield failed(text("{n} pods being deleted", n=spec.terminating), actual)


def _count(spec: Pods, cluster: Cluster, pods: list[Obj]) -> Outcome:
    if spec.count is None:
        return PASSED if pods else failed(text("at least one pod"), text("none"), none_chosen(spec, cluster))
    if spec.count.holds(len(pods)):
        return PASSED
    expected = text("{n} pods of {subject}", n=spec.count, subject=subject(spec))
    actual = counted(len(pods), "{n} pod", "{n} pods")
    if not pods:
        return failed(expected, actual, none_chosen(spec, cluster))
    why, final = _asked_for(spec, cluster, pods)
    return failed(expected, actual, why, final=final)


def _asked_for(spec: Pods, cluster: Cluster, pods: list[Obj]) -> tuple[Text | None, bool]:
    """What the pods' deployments ask for, and whether that alone settles that the count is wrong."""
    sets = {owner(pod).get("uid") for pod in pods}
    names = {
        owner(each).get("name")
        for each in cluster.objects("ReplicaSet", spec.namespace)
        if each["metadata"]["uid"] in sets
    }
    owners = [each for each in cluster.objects("Deployment", spec.namespace) if each["metadata"]["name"] in names]
    if len(owners) != 1 or spec.count is None:
        return None, False
    asked = owners[0]["spec"].get("replicas", 1)
    name = owners[0]["metadata"]["name"]
    if spec.count.holds(asked):
        return text("the deployment {name} has not got there yet", name=name), False
    return asks_for(name, asked), True


def asks_for(name: str, replicas: int) -> Text:
    """How many replicas a deployment asks for, as a sentence."""
    return counted(
        replicas,
        "the deployment {name} asks for {n} replica",
        "the deployment {name} asks for {n} replicas",
        name=name,
    )


def _ready(wanted: bool, cluster: Cluster, pods: list[Obj]) -> Outcome:
    number = sum(1 for pod in pods if ready(pod))
    if wanted and number < len(pods):
        why, remedy = pods_summary(pods, cluster)
        return failed(text("all {n} pods ready", n=len(pods)), text("{n} ready", n=number), why, remedy)
    if not wanted and number:
        return failed(text("no pod ready"), text("{n} ready", n=number))
    return PASSED


def _phase(wanted: str, cluster: Cluster, pods: list[Obj]) -> Outcome:
    phases = sorted({pod.get("status", {}).get("phase", "Pending") for pod in pods})
    if phases == [wanted]:
        return PASSED
    why, remedy = pods_summary(pods, cluster)
    return failed(
        text("all pods in phase {phase}", phase=wanted), text("phases: {found}", found=listed(phases)), why, remedy
    )


def _container(name: str, state: ContainerState, cluster: Cluster, pods: list[Obj]) -> Outcome:
    """Every pod has a container of the name, in the state that is asked for."""
    for pod in pods:
        specified = {each["name"]: each for each in pod["spec"].get("containers", [])}
        if name not in specified:
            return failed(
                text("a container named {name} in each pod", name=name),
                text("containers: {found}", found=listed(sorted(specified))),
                final=True,
            )
        image = specified[name].get("image", "")
        if state.image and not images.same(image, state.image):
            expected = text("container {name} runs {image}", name=name, image=state.image)
            return failed(expected, text("it runs {image}", image=image), final=True)
        statuses: list[Obj] = pod.get("status", {}).get("containerStatuses") or []
        status: Obj = next((s for s in statuses if s["name"] == name), {})
        if state.ready is not None and bool(status.get("ready")) != state.ready:
            why, remedy = pods_summary(pods, cluster)
            expected = (
                text("container {name} ready", name=name)
                if state.ready
                else text("container {name} not ready", name=name)
            )
            return failed(expected, text("ready") if status.get("ready") else text("not ready"), why, remedy)
        if state.restarts is not None and not state.restarts.holds(status.get("restartCount", 0)):
            expected = text("container {name} restarted {n} times", name=name, n=state.restarts)
            return failed(expected, text("{n} times", n=status.get("restartCount", 0)))
    return PASSED


def _restarts(pod: Obj) -> dict[str, int]:
    """Restarts by container."""
    return {each["name"]: each.get("restartCount", 0) for each in pod.get("status", {}).get("containerStatuses") or []}


def _nodes(spec: Pods, pods: list[Obj]) -> Outcome:
    assert spec.nodes is not None
    nodes = {pod["spec"].get("nodeName") for pod in pods} - {None}
    if spec.nodes.holds(len(nodes)):
        return PASSED
    return failed(text("pods on {n} nodes", n=spec.nodes), text("on {found}", found=listed(sorted(map(str, nodes)))))


def _owner(wanted: str, pods: list[Obj]) -> Outcome:
    kinds = sorted({owner(pod).get("kind", "none") for pod in pods})
    if kinds == [wanted]:
        return PASSED
    expected = text("pods owned by {owner}", owner=wanted) if wanted != "none" else text("pods that nothing owns")
    return failed(expected, text("owned by: {found}", found=listed(kinds)), final=True)


def replaced(pods: list[Obj], spec: Pods, on: Context) -> int:
    """How many pods of these owners once were, are gone, and were not removed by their replica set to scale down.

    Known from the start's record and from the replica sets' events (SuccessfulCreate, SuccessfulDelete).
    """
    sets = {owner(pod).get("uid") for pod in pods} - {None}
    names = {
        each["metadata"]["name"]
        for each in on.cluster.objects("ReplicaSet", spec.namespace)
        if each["metadata"]["uid"] in sets
    }
    made: set[str] = set()
    removed: set[str] = set()
    for event in on.cluster.objects("Event", spec.namespace):
        if event["involvedObject"].get("uid") in sets:
            pod = event.get("message", "").rpartition(" ")[2]
            {"SuccessfulCreate": made, "SuccessfulDelete": removed}.get(event.get("reason", ""), set()).add(pod)
    made |= {pod["name"] for pod in on.baseline.pods.values() if pod["owner"] in names}
    return len(made - removed - {pod["metadata"]["name"] for pod in pods})
