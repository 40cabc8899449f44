"""Bearer tokens: the administrator's, and those of service accounts.

Service-account tokens are JWTs as in Kubernetes (k8s.io/docs/reference/access-authn-authz/authentication,
"Service account tokens"), signed with a key of this cluster's own (HS256: no one else verifies them).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from typing import Any

import orjson

from grader.embedded.clock import Clock
from grader.embedded.objects import Key, Obj
from grader.embedded.requests import User
from grader.embedded.store import Store

ISSUER = "https://kubernetes.default.svc.cluster.local"
_HEADER = {"alg": "HS256", "kid": "labyard", "typ": "JWT"}


class TokenError(Exception):
    """A token that proves nothing."""


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class ServiceAccountTokens:
    """Issues and verifies tokens. `key` is this cluster's secret."""

    def __init__(self, key: bytes, store: Store, clock: Clock) -> None:
        self._key = key
        self._store = store
        self._clock = clock

    def issue(self, account: Obj, seconds: int, audiences: list[str] | None = None, bound: Obj | None = None) -> str:
        """A token for a service account, valid for `seconds`; `bound` is the pod or secret it ends with."""
        now = int(self._clock.now())
        meta = account["metadata"]
        private: dict[str, Any] = {
            "namespace": meta["namespace"],
            "serviceaccount": {"name": meta["name"], "uid": meta["uid"]},
        }
        if bound is not None:
            private[bound["kind"].lower()] = {"name": bound["metadata"]["name"], "uid": bound["metadata"]["uid"]}
        claims = {
            "aud": audiences or [ISSUER],
            "exp": now + seconds,
            "iat": now,
            "iss": ISSUER,
            "jti": str(uuid.uuid4()),
            "kubernetes.io": private,
            "nbf": now,
            "sub": f"system:serviceaccount:{meta['namespace']}:{meta['name']}",
        }
        signed = _encode(orjson.dumps(_HEADER)) + "." + _encode(orjson.dumps(claims))
        return signed + "." + _encode(self._signature(signed))

    def user(self, token: str) -> User:
        """The service account of a token. Raises TokenError when it is forged, expired or its account is gone."""
        claims = self._claims(token)
        private = claims["kubernetes.io"]
        namespace, account = private["namespace"], private["serviceaccount"]
        found = self._store.get("serviceaccounts", Key(namespace, account["name"]))
        if found is None or found["metadata"]["uid"] != account["uid"]:
            raise TokenError("the service account of this token is gone")
        for kind in ("pod", "secret"):
            if kind in private and self._is_gone(kind + "s", namespace, private[kind]):
                raise TokenError(f"the {kind} of this token is gone")
        extra = {"authentication.kubernetes.io/credential-id": [f"JTI={claims['jti']}"]}
        if "pod" in private:
            extra["authentication.kubernetes.io/pod-name"] = [private["pod"]["name"]]
            extra["authentication.kubernetes.io/pod-uid"] = [private["pod"]["uid"]]
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
        return User(claims["sub"], groups, account["uid"], extra)

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            signed, _, signature = token.rpartition(".")
            if not hmac.compare_digest(_decode(signature), self._signature(signed)):
                raise TokenError("the token was not signed by this cluster")
            claims: dict[str, Any] = orjson.loads(_decode(signed.split(".")[1]))
        except (ValueError, IndexError) as error:
            raise TokenError("the token is malformed") from error
        if claims["exp"] < self._clock.now():
            raise TokenError("the token has expired")
        return claims

    def _is_gone(self, resource: str, namespace: str, reference: Obj) -> bool:
        found = self._store.get(resource, Key(namespace, reference["name"]))
        return found is None or found["metadata"]["uid"] != reference["uid"]

    def _signature(self, text: str) -> bytes:
        return hmac.new(self._key, text.encode(), hashlib.sha256).digest()
