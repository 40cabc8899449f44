"""What answers at the paths below objects, and for resources that are questions rather than objects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from grader.embedded.api import eviction, reviews, scale, tokens, verbs
from grader.embedded.api.context import Call
from grader.embedded.api.streams import attach, execute, logs, port_forward, proxy
from grader.embedded.resources import Resource
from grader.embedded.status import method_not_allowed

Handler = Callable[[Call], Awaitable[web.StreamResponse]]

_OBJECT_PARTS: dict[str, Handler] = {"get": verbs.get, "update": verbs.update, "patch": verbs.patch}

_OWN: dict[tuple[str, str], Handler] = {
    ("pods", "log"): logs.logs,
    ("pods", "exec"): execute.execute,
    ("pods", "attach"): attach.attach,
    ("pods", "portforward"): port_forward.port_forward,
    ("pods", "proxy"): proxy.pod,
    ("services", "proxy"): proxy.service,
    ("nodes", "proxy"): proxy.node,
    ("pods", "eviction"): eviction.evict,
    ("pods", "binding"): eviction.bind,
    ("serviceaccounts", "token"): tokens.create,
}

_VIRTUAL: dict[str, Handler] = {
    "bindings": eviction.bind,
    "componentstatuses": reviews.component_statuses,
    "selfsubjectaccessreviews.authorization.k8s.io": reviews.self_subject_access,
    "selfsubjectrulesreviews.authorization.k8s.io": reviews.self_subject_rules,
    "subjectaccessreviews.authorization.k8s.io": reviews.subject_access,
    "localsubjectaccessreviews.authorization.k8s.io": reviews.subject_access,
    "selfsubjectreviews.authentication.k8s.io": reviews.self_subject,
    "tokenreviews.authentication.k8s.io": tokens.review,
}


def handler(call: Call) -> Handler | None:
    """What serves a call to a subresource; None when the resource has no such one. Raises ApiError 405."""
    resource, name = call.resource, call.info.subresource
    subresource = resource.subresource(name)
    if subresource is None:
        return None
    verb = call.info.verb
    if verb not in subresource.verbs:
        raise method_not_allowed(verb, f"{resource.plural}/{name}", resource.group)
    own = _OWN.get((resource.key, name))
    if own is not None:
        return own
    if name == "scale":
        return scale.HANDLERS.get(verb)
    return _OBJECT_PARTS.get(verb)


def virtual(resource: Resource) -> Handler | None:
    """What answers for a resource that is never stored."""
    return _VIRTUAL.get(resource.key)
