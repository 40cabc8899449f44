"""The check kind `image`: which image runs, by reference and by digest (status.containerStatuses[].imageID)."""

from __future__ import annotations

from typing import Any

from grader.checks import images
from grader.checks.base import PASSED, Context, Outcome, failed, untimed
from grader.checks.choice import chosen, container_of, none_chosen, subject
from grader.checks.cluster import Obj
from grader.checks.diagnosis import pods_summary, terminating
from grader.course.checks.image import Image
from grader.language import listed, text


def judge(spec: Image, on: Context) -> Outcome:
    """Whether every pod that is meant runs the image, and has pulled the digest."""
    return untimed(_judge(spec, on))


def _judge(spec: Image, on: Context) -> Outcome:
    found = chosen(spec, on.cluster)
    if isinstance(found, Outcome):
        return found
    pods = [pod for pod in found if not terminating(pod)]
    expected = text("pods of {subject} to look at", subject=subject(spec))
    if not pods:
        return failed(expected, text("none"), none_chosen(spec, on.cluster))
    digests = set()
    for pod in pods:
        name = container_of(pod, spec.container)
        if name is None:
            there = [each["name"] for each in pod["spec"]["containers"]]
            return failed(text("a container named {name}", name=spec.container), listed(there), final=True)
        outcome = _asked(spec, pod, name)
        if not outcome.passed:
            return outcome
        digests.add(images.digest_of(_status(pod, name).get("imageID", "")))
    return _pulled(spec, digests, pods, on)


def _asked(spec: Image, pod: Obj, name: str) -> Outcome:
    asked = next(each.get("image", "") for each in pod["spec"]["containers"] if each["name"] == name)
    where = text("container {name} of pod {pod}", name=name, pod=pod["metadata"]["name"])
    if spec.running and not images.same(asked, spec.running):
        return failed(
            text("{where} runs {image}", where=where, image=spec.running), text("it runs {image}", image=asked)
        )
    if spec.pinned is not None and spec.pinned != ("@sha256:" in asked):
        expected = (
            text("{where} asks for its image by digest", where=where)
            if spec.pinned
            else text("{where} asks for its image by tag", where=where)
        )
        return failed(expected, text("it asks for {image}", image=asked))
    return PASSED


def _pulled(spec: Image, digests: set[str], pods: list[Obj], on: Context) -> Outcome:
    if "" in digests:
        why, remedy = pods_summary(pods, on.cluster)
        return failed(text("the image pulled on every node that needs it"), text("not pulled everywhere"), why, remedy)
    if spec.digest and digests != {spec.digest}:
        why = text("a tag can be moved to another image, a digest cannot")
        return failed(text("the digest {digest}", digest=spec.digest), listed(sorted(digests)), why)
    if spec.same_digest is not None and spec.same_digest != (len(digests) == 1):
        expected = text("one digest in all pods") if spec.same_digest else text("more than one digest")
        return failed(expected, listed(sorted(digests)))
    return PASSED


def _status(pod: Obj, name: str) -> dict[str, Any]:
    statuses = pod.get("status", {}).get("containerStatuses") or []
    return next((each for each in statuses if each["name"] == name), {})
