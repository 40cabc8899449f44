"""The check kind `resource`: any object, matched in part."""

from __future__ import annotations

from grader.checks.base import PASSED, Context, Outcome, failed, untimed
from grader.checks.cluster import ApiError, Obj
from grader.checks.diagnosis import missing
from grader.checks.matching import Mismatch, mismatch
from grader.course.checks.resource import Resource
from grader.language import Text, text

_BY_CONTROLLERS = ("Deployment", "ReplicaSet", "Service", "Endpoints", "EndpointSlice", "ConfigMap", "Secret")


def judge(spec: Resource, on: Context) -> Outcome:
    """Whether the objects that are meant exist, are as many as they should be, and each match."""
    outcome = _judge(spec, on)
    return untimed(outcome) if spec.kind in _BY_CONTROLLERS else outcome


def _judge(spec: Resource, on: Context) -> Outcome:
    try:
        found = _objects(spec, on)
    except ApiError as error:
        if error.status != 404 or not spec.exists:
            return PASSED if error.status == 404 else _raise(error)
        return failed(_what(spec), text("{reason}", reason=error.message), final=True)
    if not spec.exists:
        return failed(text("no {what}", what=_what(spec)), text("it exists")) if found else PASSED
    if spec.count is not None and not spec.count.holds(len(found)):
        return failed(text("{n} × {what}", n=spec.count, what=_what(spec)), text("{n}", n=len(found)))
    if not found:
        return PASSED if spec.count is not None else _absent(spec, on)
    return _match(spec, found)


def _raise(error: ApiError) -> Outcome:
    raise error


def _objects(spec: Resource, on: Context) -> list[Obj]:
    if spec.name is not None:
        one = on.cluster.find(spec.kind, spec.name, spec.namespace, spec.apiVersion)
        return [] if one is None else [one]
    return on.cluster.objects(spec.kind, spec.namespace, spec.selector, spec.apiVersion)


def _what(spec: Resource) -> Text:
    if spec.name:
        return text("{kind} {name}", kind=spec.kind, name=spec.name)
    if spec.selector:
        return text("{kind} with {selector}", kind=spec.kind, selector=spec.selector)
    return text("{kind}", kind=spec.kind)


def _absent(spec: Resource, on: Context) -> Outcome:
    if spec.name:
        actual, why = missing(spec.kind, spec.name, on.cluster, spec.namespace, spec.apiVersion)
        return failed(_what(spec), actual, why)
    return failed(_what(spec), text("none"))


def _match(spec: Resource, found: list[Obj]) -> Outcome:
    for obj in found:
        wrong = mismatch(spec.match, obj)
        if wrong:
            name = text("{kind} {name}", kind=spec.kind, name=obj["metadata"]["name"])
            actual = text("nothing") if wrong.actual is None else wrong.actual
            return failed(
                text("{path} of {name}: {value}", path=wrong.path, name=name, value=wrong.expected),
                actual,
                final=_settled(wrong, obj),
            )
    return PASSED


def _settled(wrong: Mismatch, obj: Obj) -> bool:
    """A specification stays as it is however long one waits; a status, and what controllers write elsewhere, does
    not.
    """
    return wrong.path.startswith("spec.") and "ownerReferences" not in obj["metadata"]
