"""From a request's credentials to its user (k8s.io/docs/reference/access-authn-authz/authentication)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from multidict import CIMultiDictProxy

from grader.embedded.access.tokens import ServiceAccountTokens, TokenError
from grader.embedded.requests import User
from grader.embedded.status import bad_request, unauthorized

ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))
ADMINISTRATOR = User("kubernetes-admin", ("system:masters", "system:authenticated"))


class Authenticator:
    """Knows the administrator's token, service accounts' tokens and client certificates."""

    def __init__(self, admin_token: str, tokens: ServiceAccountTokens) -> None:
        self._admin_token = admin_token.encode()
        self._tokens = tokens

    def user(self, headers: CIMultiDictProxy[str], certificate: Mapping[str, Any] | None) -> User:
        """The user of a request. Raises ApiError 401 for a credential that does not hold.

        `certificate` is the verified client certificate, as `ssl.SSLSocket.getpeercert` gives it.
        """
        header = headers.get("Authorization", "")
        scheme, _, token = header.partition(" ")
        if header and scheme.lower() == "bearer":
            return self._bearer(token.strip())
        if certificate:
            return _from_certificate(certificate)
        return ANONYMOUS

    def _bearer(self, token: str) -> User:
        if hmac.compare_digest(token.encode(), self._admin_token):
            return ADMINISTRATOR
        try:
            return self._tokens.user(token)
        except TokenError as error:
            raise unauthorized() from error


def _from_certificate(certificate: Mapping[str, Any]) -> User:
    """Common name is the user, organisations are the groups (X.509 client certificates, same page)."""
    name = ""
    groups = []
    for part in certificate.get("subject", ()):
        for key, value in part:
            if key == "commonName":
                name = value
            elif key == "organizationName":
                groups.append(value)
    return User(name, (*groups, "system:authenticated")) if name else ANONYMOUS


def impersonated(headers: CIMultiDictProxy[str]) -> User | None:
    """The user a request asks to act as, if any; whether it may is authorisation's question.

    Raises ApiError 400 for groups or extras without a user.
    """
    name = headers.get("Impersonate-User", "")
    groups = tuple(headers.getall("Impersonate-Group", ()))
    uid = headers.get("Impersonate-Uid", "")
    extra: dict[str, list[str]] = {}
    for key, value in headers.items():
        if key.lower().startswith("impersonate-extra-"):
            extra.setdefault(unquote(key[len("impersonate-extra-") :]).lower(), []).append(value)
    if not name:
        if groups or extra or uid:
            raise bad_request("requested impersonation of groups, uid or extra without impersonating a user")
        return None
    if name.startswith("system:serviceaccount:") and not groups:
        namespace = name.split(":")[2]
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    if name != ANONYMOUS.name and "system:authenticated" not in groups:
        groups = (*groups, "system:authenticated")
    elif name == ANONYMOUS.name and not groups:
        groups = ANONYMOUS.groups
    return User(name, groups, uid, extra)
