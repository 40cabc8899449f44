"""Questions about access and the self: what `kubectl auth` asks.

k8s.io/docs/reference/access-authn-authz/authorization, "Checking API access".
"""

from __future__ import annotations

from aiohttp import web

from grader.embedded.access.rbac import Access
from grader.embedded.api.answers import many, one, respond
from grader.embedded.api.context import Call
from grader.embedded.api.decoding import read_object
from grader.embedded.objects import Obj
from grader.embedded.requests import User
from grader.embedded.status import method_not_allowed, not_found

_COMPONENTS = {"scheduler": "ok", "controller-manager": "ok", "etcd-0": "ok"}


def _access(spec: Obj) -> Access:
    plain = spec.get("nonResourceAttributes")
    if plain:
        return Access(plain.get("verb", ""), path=plain.get("path", ""))
    asked = spec.get("resourceAttributes") or {}
    return Access(
        asked.get("verb", ""),
        asked.get("group", ""),
        asked.get("resource", ""),
        asked.get("subresource", ""),
        asked.get("namespace", ""),
        asked.get("name", ""),
    )


def _decide(call: Call, review: Obj, user: User) -> web.Response:
    reason = call.parts.authorizer.allowed(user, _access(review["spec"]))
    status: Obj = {"allowed": bool(reason)}
    if reason and reason != "system:masters":
        status["reason"] = reason
    review["status"] = status
    return respond(review, 201, call.warnings)


async def self_subject_access(call: Call) -> web.Response:
    """May I?"""
    return _decide(call, await read_object(call), call.user)


async def subject_access(call: Call) -> web.Response:
    """May somebody?"""
    review = await read_object(call)
    spec = review["spec"]
    user = User(spec.get("user", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""), spec.get("extra") or {})
    return _decide(call, review, user)


async def self_subject_rules(call: Call) -> web.Response:
    """What may I, in a namespace?"""
    review = await read_object(call)
    namespace = review.get("spec", {}).get("namespace", "")
    if "system:masters" in call.user.groups:
        everything: list[Obj] = [
            {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
            {"verbs": ["*"], "nonResourceURLs": ["*"]},
        ]
    else:
        everything = [rule for rule, _ in call.parts.authorizer.rules(call.user, namespace)]
    review["status"] = {
        "resourceRules": [_resource_rule(rule) for rule in everything if rule.get("resources")],
        "nonResourceRules": [
            {"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]}
            for rule in everything
            if rule.get("nonResourceURLs")
        ],
        "incomplete": False,
    }
    return respond(review, 201)


def _resource_rule(rule: Obj) -> Obj:
    return {key: rule[key] for key in ("verbs", "apiGroups", "resources", "resourceNames") if rule.get(key)}


async def self_subject(call: Call) -> web.Response:
    """Who am I?"""
    review = await read_object(call)
    user = call.user
    info: Obj = {"username": user.name, "groups": list(user.groups)}
    if user.uid:
        info["uid"] = user.uid
    if user.extra:
        info["extra"] = user.extra
    review["status"] = {"userInfo": info}
    return respond(review, 201)


async def component_statuses(call: Call) -> web.Response:
    """The control plane's health, as the deprecated ComponentStatus."""
    call.warnings.append("v1 ComponentStatus is deprecated in v1.19+")
    items: list[Obj] = [
        {
            "apiVersion": "v1",
            "kind": "ComponentStatus",
            "metadata": {"name": name},
            "conditions": [{"type": "Healthy", "status": "True", "message": message}],
        }
        for name, message in _COMPONENTS.items()
    ]
    if call.info.verb == "list":
        return many(call, items, {"resourceVersion": str(call.parts.store.revision)})
    if call.info.verb != "get":
        raise method_not_allowed(call.info.verb, "componentstatuses", "")
    found = next((item for item in items if item["metadata"]["name"] == call.info.name), None)
    if found is None:
        raise not_found("componentstatuses", "", call.info.name)
    return one(call, found)
