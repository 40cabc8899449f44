"""The check kind `http`: a request to a URL of this machine, or to pods through the cluster's proxy."""

from __future__ import annotations

from grader.checks.base import PASSED, Context, Outcome, failed, judge_text, shortened
from grader.checks.choice import running, subject
from grader.checks.cluster import Answer
from grader.checks.requesting import fetch
from grader.course.checks.http import Http
from grader.language import text
from grader.results import Message


def judge(spec: Http, on: Context) -> Outcome:
    """Ask, and look at the status and the body."""
    headers = {**spec.headers, **({"Host": spec.host} if spec.host else {})}
    if spec.url:
        url = spec.url if spec.path == "/" else spec.url.rstrip("/") + spec.path
        return judge_answer(spec, fetch(url, spec.timeout, headers), url)
    pods = running(spec, on.cluster, text("an answer of {subject}", subject=subject(spec)))
    if isinstance(pods, Outcome):
        return pods
    for pod in pods if spec.every_pod else pods[:1]:
        name = pod["metadata"]["name"]
        port = f":{spec.port}" if spec.port else ""
        path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{name}{port}/proxy{spec.path}"
        outcome = judge_answer(
            spec, on.cluster.proxy(path, headers, spec.timeout), text("pod {name}{port}", name=name, port=port)
        )
        if not outcome.passed:
            return outcome
    return PASSED


def judge_answer(spec: Http, answer: Answer, who: Message) -> Outcome:
    """Whether an answer has the status and the text it must have."""
    if spec.status == 0:
        if answer.status == 0:
            return PASSED
        return failed(text("{who} does not answer", who=who), text("it answers {status}", status=answer.status))
    if answer.status == 0:
        return failed(
            text("{who} answers {status}", who=who, status=spec.status), text("no answer: {reason}", reason=answer.body)
        )
    if answer.status != spec.status:
        actual = text("{status}: {body}", status=answer.status, body=shortened(answer.body))
        return failed(text("{who} answers {status}", who=who, status=spec.status), actual)
    return judge_text(answer.body, spec, text("the answer of {who}", who=who))
