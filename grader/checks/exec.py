"""The check kind `exec`: a command run in a container."""

from __future__ import annotations

from grader.checks.base import PASSED, Context, Outcome, failed, judge_text, shortened
from grader.checks.choice import container_of, running, subject
from grader.checks.cluster import ApiError, Obj
from grader.course.checks.exec import Exec
from grader.language import text


def judge(spec: Exec, on: Context) -> Outcome:
    """Run it in the first ready pod that is meant, or in every one, and look at how it ended and what it printed."""
    pods = running(spec, on.cluster, text("a running container of {subject}", subject=subject(spec)))
    if isinstance(pods, Outcome):
        return pods
    for pod in pods if spec.every_pod else pods[:1]:
        outcome = _in_pod(spec, pod, on)
        if not outcome.passed:
            return outcome
    return PASSED


def _in_pod(spec: Exec, pod: Obj, on: Context) -> Outcome:
    command = ["sh", "-c", spec.run] if isinstance(spec.run, str) else spec.run
    line = spec.run if isinstance(spec.run, str) else " ".join(spec.run)
    where = text("`{line}` in pod {pod}", line=line, pod=pod["metadata"]["name"])
    container = container_of(pod, spec.container)
    if container is None:
        return failed(where, text("the pod has no container named {name}", name=spec.container), final=True)
    try:
        ran = on.cluster.exec(pod, container, command, spec.timeout)
    except ApiError as error:
        return failed(where, text("it cannot be run: {reason}", reason=error.message))
    if ran.code is None:
        return failed(text("{where} ends within {n} seconds", where=where, n=spec.timeout), text("it still runs"))
    if spec.exit is not None and ran.code != spec.exit:
        expected = text("{where} ends with code {code}", where=where, code=spec.exit)
        return failed(expected, text("code {code}: {output}", code=ran.code, output=shortened(ran.output)))
    return judge_text(ran.output, spec, text("the output of {where}", where=where))
