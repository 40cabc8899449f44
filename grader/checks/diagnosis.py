"""Why a system is as it is: pods, deployments and services explained from what the cluster says of them.

Kubernetes API reference: Pod v1 core (ContainerStateWaiting, PodCondition), Deployment v1 apps (conditions).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks.base import near_names
from grader.checks.cluster import Cluster, Obj
from grader.checks.images import shown
from grader.language import Text, counted, text

_PULLING = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
_GONE = re.compile(r"not ?found|does not exist|no such image|manifest unknown", re.IGNORECASE)


@dataclass(frozen=True)
class Trouble:
    """What keeps a pod from being ready: a word to count by (Kubernetes' own where there is one) and a sentence."""

    reason: str
    detail: Text | None = None
    remedy: Text | None = None


def ready(pod: Obj) -> bool:
    """Whether a pod is ready and not on its way out."""
    return not terminating(pod) and condition(pod, "Ready").get("status") == "True"


def terminating(pod: Obj) -> bool:
    """Whether a pod is being deleted."""
    return "deletionTimestamp" in pod["metadata"]


def condition(obj: Obj, kind: str) -> dict[str, Any]:
    """A condition of an object's status; empty when it has none of that type."""
    found = obj.get("status", {}).get("conditions") or []
    return next((each for each in found if each["type"] == kind), {})


def events_of(cluster: Cluster, obj: Obj) -> list[Obj]:
    """The events about an object, oldest first."""
    uid = obj["metadata"]["uid"]
    found = cluster.objects("Event", obj["metadata"].get("namespace"))
    return sorted((event for event in found if event["involvedObject"].get("uid") == uid), key=event_time)


def event_time(event: Obj) -> str:
    """When an event was last seen."""
    return str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp") or "")


def pod_trouble(pod: Obj, cluster: Cluster) -> Trouble | None:
    """Why a pod is not ready. None when it is."""
    if ready(pod):
        return None
    if terminating(pod):
        return Trouble("Terminating", text("they are being deleted and have their grace period to end"))
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        detail = text("no node takes them: {message}", message=scheduled.get("message", "")[:200])
        return Trouble(scheduled.get("reason", "Unschedulable"), detail, text("Ask for less, or for what a node has."))
    for status in _statuses(pod):
        if found := _container_trouble(status, pod, cluster):
            return found
    phase = pod.get("status", {}).get("phase", "Pending")
    if phase == "Running":
        return _not_ready(pod, cluster)
    if phase in ("Succeeded", "Failed"):
        return Trouble("Completed" if phase == "Succeeded" else "Failed", text("their containers have ended"))
    return Trouble(phase)


def _statuses(pod: Obj) -> list[dict[str, Any]]:
    status = pod.get("status", {})
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def _container_trouble(status: Mapping[str, Any], pod: Obj, cluster: Cluster) -> Trouble | None:
    waiting = status.get("state", {}).get("waiting", {})
    reason = waiting.get("reason", "")
    if reason in _PULLING:
        return _pull_trouble(reason, waiting.get("message", ""), status, pod, cluster)
    if reason == "CrashLoopBackOff":
        code = status.get("lastState", {}).get("terminated", {}).get("exitCode", "?")
        detail = text("container {name} ends with code {code} again and again", name=status["name"], code=code)
        remedy = text("`kubectl logs {pod} --previous` shows its last words.", pod=pod["metadata"]["name"])
        return Trouble(reason, detail, remedy)
    if reason and reason not in ("ContainerCreating", "PodInitializing"):
        return Trouble(reason, text("{message}", message=waiting.get("message", reason)[:200]))
    ended = status.get("state", {}).get("terminated", {})
    if ended and ended.get("exitCode"):
        detail = text("container {name} ended with code {code}", name=status["name"], code=ended["exitCode"])
        remedy = text("`kubectl logs {pod} --previous` shows its last words.", pod=pod["metadata"]["name"])
        return Trouble(ended.get("reason", "Error"), detail, remedy)
    return None


def _pull_trouble(reason: str, message: str, status: Mapping[str, Any], pod: Obj, cluster: Cluster) -> Trouble:
    """An image that cannot be had. What exactly is wrong is often only in the pod's events."""
    asked = {each["name"]: each.get("image", "") for each in pod["spec"].get("containers", [])}
    image = asked.get(status["name"]) or shown(status.get("image", ""))
    reason = "ImagePullBackOff" if reason == "ErrImagePull" else reason  # the two take turns
    words = " ".join([message, *(event.get("message", "") for event in events_of(cluster, pod))])
    if reason == "InvalidImageName":
        return Trouble(reason, text("{image} is no valid image name", image=image), text("Correct the image's name."))
    if _GONE.search(words):
        detail = text("image {image} does not exist", image=image)
        return Trouble(reason, detail, text("Correct the image's name and tag."))
    detail = text("image {image} cannot be pulled: {message}", image=image, message=message[:160])
    return Trouble(
        reason, detail, text("`kubectl describe pod {pod}` has the whole story.", pod=pod["metadata"]["name"])
    )


def _not_ready(pod: Obj, cluster: Cluster) -> Trouble:
    """A pod that runs and is not ready: most often its readiness probe."""
    unhealthy = [event for event in events_of(cluster, pod) if event.get("reason") == "Unhealthy"]
    if unhealthy:
        message = unhealthy[-1].get("message", "")
        remedy = text("Compare the probe with what the container answers, on which port and path.")
        return Trouble("Unhealthy", text("{message}", message=message[:200]), remedy)
    return Trouble("NotReady", text("not ready yet"))


def pods_summary(pods: Sequence[Obj], cluster: Cluster, expected: object = None) -> tuple[Text, Text | None]:
    """How many pods are ready and what keeps the others, with a remedy: `2 of 10 pods are ready; 8 wait in …`."""
    good = sum(1 for pod in pods if ready(pod))
    total = len(pods)
    troubles = [trouble for pod in pods if (trouble := pod_trouble(pod, cluster))]
    head = counted(total, "{ready} of {n} pod is ready", "{ready} of {n} pods are ready", ready=good)
    if not troubles:
        return head, None
    sentence = head
    for reason, number in Counter(trouble.reason for trouble in troubles).most_common(3):
        one = next(trouble for trouble in troubles if trouble.reason == reason)
        state = (
            text("{n} in {reason}: {detail}", n=number, reason=reason, detail=one.detail)
            if one.detail
            else text("{n} in {reason}", n=number, reason=reason)
        )
        sentence = text("{before}; {state}", before=sentence, state=state)
    remedy = next((trouble.remedy for trouble in troubles if trouble.remedy), None)
    return sentence, remedy


def missing(kind: str, name: str, cluster: Cluster, namespace: str | None, api: str = "") -> tuple[Text, Text | None]:
    """That an object is not there, and what is there instead: a similar name, or the same name in another namespace."""
    where = namespace or cluster.namespace
    actual = text("there is no {kind} named {name} in the namespace {where}", kind=kind, name=name, where=where)
    here = [obj["metadata"]["name"] for obj in cluster.objects(kind, namespace, api=api)]
    if here:
        return actual, near_names(name, here)
    elsewhere = [obj for obj in cluster.objects(kind, "*", api=api) if obj["metadata"]["name"] == name]
    if elsewhere and "namespace" in elsewhere[0]["metadata"]:
        return actual, text("there is one in the namespace {where}", where=elsewhere[0]["metadata"]["namespace"])
    return actual, text("there is no {kind} at all in {where}", kind=kind, where=where)


def selects_nothing(selector: str, cluster: Cluster, namespace: str | None) -> Text:
    """Why a selector matches no pod: labels that are there instead, or no pods at all."""
    pods = cluster.objects("Pod", namespace)
    if not pods:
        return text("there are no pods in the namespace {where}", where=namespace or cluster.namespace)
    labels = Counter(
        f"{key}={value}"
        for pod in pods
        for key, value in (pod["metadata"].get("labels") or {}).items()
        if key not in ("pod-template-hash", "controller-revision-hash")
    )
    if not labels:
        return text("the pods there are have no labels")
    return text(
        "no pod has {selector}; their labels are {labels}", selector=selector, labels=", ".join(sorted(labels)[:6])
    )


def deployment_trouble(deployment: Obj, cluster: Cluster) -> tuple[Text, Text | None]:
    """How a deployment stands, and what keeps it from being complete."""
    status = deployment.get("status", {})
    wanted = deployment["spec"].get("replicas", 1)
    if deployment["spec"].get("paused"):
        name = deployment["metadata"]["name"]
        return text("the rollout is paused"), text(
            "`kubectl rollout resume deployment/{name}` lets it go on.", name=name
        )
    failure = condition(deployment, "ReplicaFailure")
    if failure.get("status") == "True":
        return text("its pods cannot be made: {message}", message=failure.get("message", "")[:240]), None
    head = text(
        "{updated} of {wanted} pods are of the new version, {available} are available",
        updated=status.get("updatedReplicas", 0),
        wanted=wanted,
        available=status.get("availableReplicas", 0),
    )
    pods = pods_of(deployment, cluster)
    if not any(pod_trouble(pod, cluster) for pod in pods):
        return head, None
    summary, remedy = pods_summary(pods, cluster)
    return text("{head}; {summary}", head=head, summary=summary), remedy


def pods_of(deployment: Obj, cluster: Cluster) -> list[Obj]:
    """The pods a deployment's replica sets own, those being deleted too."""
    namespace = deployment["metadata"].get("namespace")
    sets = {each["metadata"]["uid"] for each in replica_sets_of(deployment, cluster)}
    return [pod for pod in cluster.objects("Pod", namespace) if owner(pod).get("uid") in sets]


def replica_sets_of(deployment: Obj, cluster: Cluster) -> list[Obj]:
    """A deployment's replica sets, by revision."""
    uid = deployment["metadata"]["uid"]
    found = cluster.objects("ReplicaSet", deployment["metadata"].get("namespace"))
    return sorted((each for each in found if owner(each).get("uid") == uid), key=revision)


def revision(obj: Obj) -> int:
    """The revision a deployment or a replica set carries; 0 when it has none."""
    value = (obj["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision", "0")
    return int(value) if value.isdigit() else 0


def owner(obj: Obj) -> dict[str, Any]:
    """The controller that owns an object; empty when none does."""
    return next((each for each in obj["metadata"].get("ownerReferences") or [] if each.get("controller")), {})
