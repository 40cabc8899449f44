"""The check kind `rollout`: state, history and course of a deployment's rollouts.

Complete, progressing and failed are meant as in "Deployment status" of
k8s.io/docs/concepts/workloads/controllers/deployment.
"""

from __future__ import annotations

from collections.abc import Iterator

from grader.checks import images
from grader.checks.base import PASSED, Context, Outcome, failed, untimed
from grader.checks.cluster import Cluster, Obj
from grader.checks.diagnosis import condition, deployment_trouble, missing, replica_sets_of, revision
from grader.checks.history import Moment, rollouts
from grader.checks.pods import asks_for
from grader.course.checks.rollout import Rollout, Seen
from grader.errors import ProviderError
from grader.language import Text, listed, text


def judge(spec: Rollout, on: Context) -> Outcome:
    """Every assertion in turn; the first that does not hold is the finding."""
    deployment = on.cluster.find("Deployment", spec.deployment, spec.namespace)
    if deployment is None:
        actual, why = missing("Deployment", spec.deployment, on.cluster, spec.namespace)
        expected = text("a deployment named {name}", name=spec.deployment)
        return failed(expected, actual, why, text("Write its manifest and apply it."), final=True)
    outcome = next((outcome for outcome in _judgements(spec, on, deployment) if not outcome.passed), PASSED)
    return outcome if spec.state == "stuck" else untimed(outcome)


def _judgements(spec: Rollout, on: Context, deployment: Obj) -> Iterator[Outcome]:
    yield _asked(spec, deployment)
    if spec.state:
        yield _state(spec.state, deployment, on.cluster)
    sets = replica_sets_of(deployment, on.cluster)
    if spec.revision is not None and not spec.revision.holds(revision(deployment)):
        yield failed(
            text("revision {n}", n=spec.revision),
            text("revision {n}", n=revision(deployment)),
            text("each change of the pod template makes a revision; scaling makes none"),
        )
    if spec.history is not None and not spec.history.holds(len(sets)):
        found = listed([revision(each) for each in sets])
        yield failed(text("{n} revisions kept", n=spec.history), text("{n}: {found}", n=len(sets), found=found))
    if spec.replica_sets is not None:
        active = [each["metadata"]["name"] for each in sets if each["spec"].get("replicas")]
        if not spec.replica_sets.holds(len(active)):
            yield failed(text("{n} replica sets with pods", n=spec.replica_sets), listed(active))
    if spec.seen:
        yield _seen(spec.seen, deployment, on)


def _asked(spec: Rollout, deployment: Obj) -> Outcome:
    """What the specification asks for. Waiting does not change it."""
    asked = deployment["spec"]
    replicas = asked.get("replicas", 1)
    if spec.replicas is not None and not spec.replicas.holds(replicas):
        return failed(text("{n} replicas", n=spec.replicas), asks_for(spec.deployment, replicas), final=True)
    containers = {each["name"]: each.get("image", "") for each in asked["template"]["spec"]["containers"]}
    wanted = spec.image if isinstance(spec.image, dict) else {next(iter(containers)): spec.image} if spec.image else {}
    for name, image in wanted.items():
        if name not in containers or not images.same(containers[name], image):
            actual = (
                text("it asks for {image}", image=containers[name])
                if name in containers
                else text("no container {name}", name=name)
            )
            return failed(
                text("container {name} of the deployment asks for {image}", name=name, image=image), actual, final=True
            )
    strategy = asked.get("strategy", {})
    rates = strategy.get("rollingUpdate") or {}
    for key, value in (spec.strategy.model_dump(exclude_none=True) if spec.strategy else {}).items():
        found = strategy.get("type") if key == "type" else rates.get(key)
        if str(found) != str(value):
            actual = text("{key}: {value}", key=key, value=text("not set") if found is None else found)
            return failed(text("{key}: {value}", key=key, value=value), actual, final=True)
    return PASSED


def _state(wanted: str, deployment: Obj, cluster: Cluster) -> Outcome:
    found = state(deployment)
    if found == wanted:
        return PASSED
    why, remedy = deployment_trouble(deployment, cluster)
    expected = text("the rollout of {name} is {state}", name=deployment["metadata"]["name"], state=_WORDS[wanted])
    return failed(expected, text("it is {state}", state=_WORDS[found]), why, remedy)


_WORDS = {
    "complete": text("complete"),
    "progressing": text("still progressing"),
    "stuck": text("stuck"),
    "paused": text("paused"),
}


def state(deployment: Obj) -> str:
    """`complete`, `progressing`, `stuck` (past its progress deadline) or `paused`."""
    spec, status = deployment["spec"], deployment.get("status", {})
    wanted = spec.get("replicas", 1)
    counts = (status.get("replicas", 0), status.get("updatedReplicas", 0), status.get("availableReplicas", 0))
    observed = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    if observed and counts == (wanted, wanted, wanted):
        return "complete"
    if spec.get("paused"):
        return "paused"
    if observed and condition(deployment, "Progressing").get("reason") == "ProgressDeadlineExceeded":
        return "stuck"
    return "progressing"


def _seen(seen: Seen, deployment: Obj, on: Context) -> Outcome:
    """Whether every moment of the last rollout, or of all, was as it had to be."""
    name = deployment["metadata"]["name"]
    found = rollouts(deployment, on.cluster, on.baseline)
    if not found:
        return failed(
            text("a rollout of {name} since the start", name=name),
            text("none"),
            text("only a change of the pod template begins a rollout"),
        )
    moments = [moment for rolled in (found if seen.rollouts == "all" else found[-1:]) for moment in rolled.moments]
    if seen.ready is not None and any(moment.ready is None for moment in moments):
        raise ProviderError(
            text("The cluster no longer knows which pods were ready during the rollout of {name}.", name=name),
            text("Roll out once more and check within a few minutes."),
        )
    if seen.together and all(moment.versions < 2 for moment in moments):
        return failed(text("two versions at once during the rollout"), text("there never were"))
    return next((outcome for moment in moments if not (outcome := _moment(seen, moment)).passed), PASSED)


def _moment(seen: Seen, moment: Moment) -> Outcome:
    limits = text("maxSurge bounds the pods above, maxUnavailable the ready ones below")
    if seen.pods is not None and not seen.pods.holds(moment.pods):
        return failed(text("{n} pods at every moment of the rollout", n=seen.pods), _at_one_moment(moment.pods), limits)
    if seen.ready is not None and moment.ready is not None and not seen.ready.holds(moment.ready):
        return failed(
            text("{n} ready pods at every moment of the rollout", n=seen.ready), _at_one_moment(moment.ready), limits
        )
    if seen.together is False and moment.versions > 1:
        return failed(
            text("never two versions at once"),
            text("{n} versions had pods at one moment", n=moment.versions),
            text("RollingUpdate runs both versions for a while; Recreate ends the old one first"),
        )
    return PASSED


def _at_one_moment(number: int) -> Text:
    return text("{n} at one moment", n=number)
