"""CertificateSigningRequests have no defaults since certificates.k8s.io/v1: signer and usages must be said."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj

DEFAULTS: dict[str, Callable[[Obj], None]] = {}
