"""Token requests and token reviews (API reference: TokenRequest, TokenReview v1 authentication.k8s.io)."""

from __future__ import annotations

from aiohttp import web

from grader.embedded.access.tokens import ISSUER, TokenError
from grader.embedded.api.answers import respond
from grader.embedded.api.context import Call
from grader.embedded.api.decoding import read_object_as
from grader.embedded.clock import timestamp
from grader.embedded.objects import Key
from grader.embedded.schema.field_errors import invalid as invalid_field
from grader.embedded.status import invalid, not_found

_DEFAULT_SECONDS = 3600
_SHORTEST = 600
_LONGEST = 1 << 32


async def create(call: Call) -> web.Response:
    """POST of a TokenRequest for a service account. Raises ApiError 404, 422."""
    account = call.parts.store.get("serviceaccounts", call.key)
    if account is None:
        raise not_found("serviceaccounts", "", call.info.name)
    request = await read_object_as(call, "authentication.k8s.io/v1", "TokenRequest")
    spec = request.setdefault("spec", {})
    seconds = spec.get("expirationSeconds") or _DEFAULT_SECONDS
    if not _SHORTEST <= seconds <= _LONGEST:
        why = (
            "may not specify a duration less than 10 minutes"
            if seconds < _SHORTEST
            else "may not specify a duration larger than 2^32 seconds"
        )
        field = invalid_field("spec.expirationSeconds", seconds, why)
        raise invalid("TokenRequest", "authentication.k8s.io", "", [field])
    bound = None
    if reference := spec.get("boundObjectRef"):
        bound = call.parts.store.get(reference["kind"].lower() + "s", Key(call.key.namespace, reference["name"]))
        if bound is None:
            raise not_found(reference["kind"].lower() + "s", "", reference["name"])
    spec["expirationSeconds"] = seconds
    spec.setdefault("audiences", [ISSUER])
    token = call.parts.tokens.issue(account, seconds, spec["audiences"], bound)
    now = call.parts.clock.now()
    request["metadata"] = {
        "name": account["metadata"]["name"],
        "namespace": call.key.namespace,
        "creationTimestamp": timestamp(now),
    }
    request["status"] = {"token": token, "expirationTimestamp": timestamp(now + seconds)}
    return respond(request, 201)


async def review(call: Call) -> web.Response:
    """POST of a TokenReview."""
    asked = await read_object_as(call, "authentication.k8s.io/v1", "TokenReview")
    try:
        user = call.parts.tokens.user(asked.get("spec", {}).get("token", ""))
    except TokenError as error:
        asked["status"] = {"user": {}, "error": str(error)}
    else:
        asked["status"] = {
            "authenticated": True,
            "user": {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": user.extra},
            "audiences": [ISSUER],
        }
    return respond(asked, 201)
