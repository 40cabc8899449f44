"""The check kind `logs`: what pods wrote."""

from __future__ import annotations

from grader.checks.base import PASSED, Context, Outcome, failed, judge_text
from grader.checks.choice import chosen, container_of, none_chosen, subject
from grader.checks.cluster import ApiError, Obj
from grader.checks.diagnosis import pods_summary, terminating
from grader.course.checks.logs import Logs
from grader.language import text


def judge(spec: Logs, on: Context) -> Outcome:
    """Whether the pods' logs, together or each, have what they must have."""
    found = chosen(spec, on.cluster)
    if isinstance(found, Outcome):
        return found
    pods = [pod for pod in found if not terminating(pod)]
    if not pods:
        return failed(text("logs of {subject}", subject=subject(spec)), text("no pods"), none_chosen(spec, on.cluster))
    written, refused = [], ""
    for pod in pods:
        try:
            written.append(
                (pod, on.cluster.logs(pod, container_of(pod, spec.container), previous=spec.previous, tail=spec.tail))
            )
        except ApiError as error:
            refused = error.message
    if not written or (refused and spec.every_pod):
        why, remedy = pods_summary(pods, on.cluster)
        return failed(text("logs of {subject}", subject=subject(spec)), text("{reason}", reason=refused), why, remedy)
    return _judge(spec, written)


def _judge(spec: Logs, written: list[tuple[Obj, str]]) -> Outcome:
    if not spec.every_pod:
        whole = "".join(log for _, log in written)
        return judge_text(whole, spec, text("the log of {subject}", subject=subject(spec)))
    outcomes = (
        judge_text(log, spec, text("the log of {subject}", subject=pod["metadata"]["name"])) for pod, log in written
    )
    return next((outcome for outcome in outcomes if not outcome.passed), PASSED)
