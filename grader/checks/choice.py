"""Finding the pods that a check means, and saying why there are none."""

from __future__ import annotations

from fnmatch import fnmatchcase

from grader.checks.base import Outcome, failed
from grader.checks.cluster import Cluster, Obj
from grader.checks.diagnosis import missing, pods_of, pods_summary, ready, selects_nothing, terminating
from grader.course.checks.common import PodChoice
from grader.language import Text, text
from grader.results import Message


def chosen(choice: PodChoice, cluster: Cluster) -> list[Obj] | Outcome:
    """The pods that are meant, those being deleted too, by age; an outcome when what should own them is missing."""
    if choice.deployment is not None:
        deployment = cluster.find("Deployment", choice.deployment, choice.namespace)
        if deployment is None:
            actual, why = missing("Deployment", choice.deployment, cluster, choice.namespace)
            return failed(text("pods of {subject}", subject=subject(choice)), actual, why, final=True)
        pods = pods_of(deployment, cluster)
    else:
        pods = cluster.objects("Pod", choice.namespace, choice.selector)
    if choice.pod is not None:
        pods = [pod for pod in pods if fnmatchcase(pod["metadata"]["name"], choice.pod)]
    return sorted(pods, key=lambda pod: (pod["metadata"].get("creationTimestamp", ""), pod["metadata"]["name"]))


def subject(choice: PodChoice) -> Message:
    """How the pods that are meant are called in a sentence."""
    if choice.deployment:
        return text("the deployment {name}", name=choice.deployment)
    if choice.selector:
        return choice.selector
    return choice.pod or text("the namespace")


def none_chosen(choice: PodChoice, cluster: Cluster) -> Text:
    """Why no pod is meant by a choice."""
    if choice.selector:
        return selects_nothing(choice.selector, cluster, choice.namespace)
    if choice.pod and "*" not in choice.pod:
        actual, why = missing("Pod", choice.pod, cluster, choice.namespace)
        return text("{actual}; {why}", actual=actual, why=why) if why else actual
    return text("no pod matches {subject}", subject=subject(choice))


def running(choice: PodChoice, cluster: Cluster, expected: Message) -> list[Obj] | Outcome:
    """The pods that are meant and run, the ready ones first; an outcome that says why there are none."""
    pods = chosen(choice, cluster)
    if isinstance(pods, Outcome):
        return pods
    alive = [pod for pod in pods if pod.get("status", {}).get("phase") == "Running" and not terminating(pod)]
    if alive:
        return sorted(alive, key=lambda pod: not ready(pod))
    if not pods:
        return failed(expected, text("no pods"), none_chosen(choice, cluster))
    why, remedy = pods_summary(pods, cluster)
    return failed(expected, text("no pod is running"), why, remedy)


def container_of(pod: Obj, name: str | None) -> str | None:
    """The container's name in a pod: the one asked for if the pod has it, the first when none is asked for."""
    names: list[str] = [each["name"] for each in pod["spec"].get("containers", [])]
    if name is None:
        return names[0] if names else None
    return name if name in names else None
