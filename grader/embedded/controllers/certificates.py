"""Certificate signing requests: approved ones are signed by the cluster's authority.

k8s.io/docs/reference/access-authn-authz/certificate-signing-requests
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping

from grader.embedded.clock import Clock, parse_timestamp, timestamp
from grader.embedded.controllers.base import Controller, Mapper, itself
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key, Obj, condition_of, is_true, key_of

_REQUESTS = "certificatesigningrequests.certificates.k8s.io"
_CLIENT = "kubernetes.io/kube-apiserver-client"
_KUBELET = "kubernetes.io/kube-apiserver-client-kubelet"
_SERVING = "kubernetes.io/kubelet-serving"
_SIGNERS = (_CLIENT, _KUBELET, _SERVING, "kubernetes.io/legacy-unknown")
_USAGES = {
    _CLIENT: frozenset({"digital signature", "key encipherment", "client auth"}),
    _KUBELET: frozenset({"digital signature", "key encipherment", "client auth"}),
    _SERVING: frozenset({"digital signature", "key encipherment", "server auth"}),
}
_YEAR = 365 * 24 * 3600
_KEPT = {"approved": 3600.0, "denied": 3600.0, "pending": 24 * 3600.0}

Sign = Callable[..., bytes]


class CertificateController(Controller):
    """Signs approved requests for the cluster's own signers, and clears old requests away."""

    name = "certificate-controller"

    def __init__(self, client: Client, clock: Clock, events: EventRecorder, sign: Sign) -> None:
        """`sign(request, seconds, client)` gives the certificate (PEM) for a request (PEM); it raises ValueError."""
        super().__init__(client, clock, events)
        self._sign = sign

    def watches(self) -> Mapping[str, Mapper]:
        return {_REQUESTS: itself}

    def resync(self) -> Iterable[Key]:
        return [key_of(request) for request in self.client.each(_REQUESTS)]

    def reconcile(self, key: Key) -> float | None:
        request = self.client.get(_REQUESTS, *key)
        if request is None:
            return None
        left = self._left(request)
        if left <= 0:
            self.client.delete(_REQUESTS, *key, uid=request["metadata"]["uid"])
            return None
        if (
            is_true(request, "Approved")
            and not is_true(request, "Denied")
            and not is_true(request, "Failed")
            and not request.get("status", {}).get("certificate")
            and request["spec"]["signerName"] in _SIGNERS
        ):
            self._answer(request)
        return left

    def _left(self, request: Obj) -> float:
        """Seconds until a request is forgotten."""
        approved, denied = condition_of(request, "Approved"), condition_of(request, "Denied")
        kind = "approved" if approved else "denied" if denied else "pending"
        since = (approved or denied or {}).get("lastUpdateTime") or request["metadata"]["creationTimestamp"]
        return parse_timestamp(since) + _KEPT[kind] - self.clock.now()

    def _answer(self, request: Obj) -> None:
        status = dict(request.get("status", {}))
        try:
            status["certificate"] = self._certificate(request["spec"])
        except (ValueError, binascii.Error) as error:
            now = timestamp(self.clock.now())
            failed = {
                "type": "Failed",
                "status": "True",
                "reason": "SignerValidationFailure",
                "message": str(error),
                "lastUpdateTime": now,
                "lastTransitionTime": now,
            }
            status["conditions"] = [*(status.get("conditions") or ()), failed]
        self.client.update_status(_REQUESTS, {**request, "status": status})

    def _certificate(self, spec: Obj) -> str:
        """The certificate, in base64 as the API carries bytes. Raises ValueError for a request its signer refuses."""
        signer = spec["signerName"]
        usages = set(spec.get("usages") or ())
        needed = "server auth" if signer == _SERVING else "client auth"
        allowed = _USAGES.get(signer)
        if allowed is not None and (needed not in usages or not usages <= allowed):
            listed = ", ".join(f'"{usage}"' for usage in sorted(allowed))
            raise ValueError(f"usages did not match the expected set: use {listed}")
        seconds = min(int(spec.get("expirationSeconds") or _YEAR), _YEAR)
        pem = base64.b64decode(spec["request"], validate=True)
        return base64.b64encode(self._sign(pem, seconds, "client auth" in usages)).decode()
