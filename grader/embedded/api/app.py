"""The front door: authenticate, parse, authorise, dispatch, audit; every failure becomes a Status."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from grader.embedded.access.authentication import ANONYMOUS, Authenticator, impersonated
from grader.embedded.access.rbac import Access, refusal
from grader.embedded.api import documents, subresources, verbs, watching
from grader.embedded.api.answers import refuse
from grader.embedded.api.audit import AuditLog
from grader.embedded.api.context import Call, Parts
from grader.embedded.api.formats import MAX_BODY
from grader.embedded.api.pages import page
from grader.embedded.api.request import RequestInfo, parse
from grader.embedded.requests import User
from grader.embedded.status import ApiError, forbidden, internal, method_not_allowed, no_such_path, too_large

log = logging.getLogger(__name__)

Handler = Callable[[Call], Awaitable[web.StreamResponse]]

_HANDLERS: dict[str, Handler] = {
    "get": verbs.get,
    "list": verbs.list_,
    "watch": watching.watch,
    "create": verbs.create,
    "update": verbs.update,
    "patch": verbs.patch,
    "delete": verbs.delete,
    "deletecollection": verbs.delete_collection,
}
_ON_COLLECTIONS = frozenset({"create", "list", "deletecollection"})
_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_OPEN = documents.HEALTH | {"/version"}


class App:
    """Answers requests. `committed` makes writes durable before a client hears of them; `touched` notes activity."""

    def __init__(
        self,
        parts: Parts,
        authenticator: Authenticator,
        audit: AuditLog,
        committed: Callable[[], None],
        touched: Callable[[], None],
    ) -> None:
        self._parts = parts
        self._authenticator = authenticator
        self._audit = audit
        self._committed = committed
        self._touched = touched

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request, whatever it is."""
        self._touched()
        self._parts.clock.busy()
        info = parse(request.method, request.path, request.query)
        user = ANONYMOUS
        try:
            user = self._user(request)
            response = await self._answer(request, info, user)
        except ApiError as error:
            response = refuse(error)
        except web.HTTPRequestEntityTooLarge:
            response = refuse(too_large(f"Request entity too large: limit is {MAX_BODY}"))
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception:
            log.exception("%s %s", request.method, request.path)
            response = refuse(internal("this request met a fault of the cluster; its log has the details"))
        if info.verb in _WRITES and info.resource:
            self._audit.note(request, info, user, response.status)
        return response

    async def _answer(self, request: web.BaseRequest, info: RequestInfo, user: User) -> web.StreamResponse:
        if info.path not in _OPEN:
            self._authorise(user, info)
        if not info.resource:
            found = page(self._parts, request, info)
            if found is None:
                raise no_such_path()
            return found
        resource = self._parts.resources.at(info.group, info.version, info.resource)
        if resource is None:
            raise no_such_path()
        if resource.namespaced is False and info.namespace and info.resource != "namespaces":
            raise no_such_path()
        call = Call(self._parts, request, info, resource, user)
        response = await self._handler(call)(call)
        if info.verb in _WRITES:
            self._committed()
        return response

    def _handler(self, call: Call) -> Handler:
        info, resource = call.info, call.resource
        if info.subresource:
            found = subresources.handler(call)
            if found is None:
                raise no_such_path()
            return found
        if info.verb not in resource.verbs or _misplaced(info):
            raise method_not_allowed(info.verb, resource.plural, resource.group)
        virtual = subresources.virtual(resource)
        return virtual or _HANDLERS[info.verb]

    def _user(self, request: web.BaseRequest) -> User:
        """Who asks; or, where they may, whom they act as. Raises ApiError 401, 403."""
        transport = request.transport
        certificate = transport.get_extra_info("peercert") if transport is not None else None
        user = self._authenticator.user(request.headers, certificate)
        other = impersonated(request.headers)
        if other is None:
            return user
        for access in _impersonations(other):
            if not self._parts.authorizer.allowed(user, access):
                raise forbidden(access.resource, access.group, access.name, refusal(user, access))
        return other

    def _authorise(self, user: User, info: RequestInfo) -> None:
        """Raises ApiError 403."""
        if "system:masters" in user.groups:
            return
        if info.resource:
            access = Access(info.verb, info.group, info.resource, info.subresource, info.namespace, info.name)
        else:
            access = Access(info.verb, path=info.path)
        if self._parts.authorizer.allowed(user, access):
            return
        if access.path:
            raise ApiError(403, "Forbidden", f"forbidden: {refusal(user, access)}", {})
        full = f"{access.resource}/{access.subresource}" if access.subresource else access.resource
        raise forbidden(full if not access.group else access.resource, access.group, access.name, refusal(user, access))


def _misplaced(info: RequestInfo) -> bool:
    """Whether a verb of collections names an object, or one of objects names none."""
    return info.verb != "watch" and bool(info.name) == (info.verb in _ON_COLLECTIONS)


def _impersonations(user: User) -> list[Access]:
    """What one must be allowed to do in order to act as a user."""
    if user.name.startswith("system:serviceaccount:") and user.name.count(":") == 3:
        _, _, namespace, name = user.name.split(":")
        wanted = [Access("impersonate", "", "serviceaccounts", "", namespace, name)]
    else:
        wanted = [Access("impersonate", "", "users", name=user.name)]
    implied = ("system:authenticated", "system:serviceaccounts", "system:unauthenticated")
    wanted += [
        Access("impersonate", "", "groups", name=group)
        for group in user.groups
        if group not in implied and not group.startswith("system:serviceaccounts:")
    ]
    return wanted
