"""Rules of CertificateSigningRequests (k8s.io/docs/reference/access-authn-authz/certificate-signing-requests)."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, duplicate, forbidden, invalid, not_supported, required
from grader.embedded.schema.validation import names
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.formats import base64_bytes
from grader.embedded.schema.validation.metadata import immutable, object_meta, object_meta_update

_USAGES = sorted(
    [
        "signing",
        "digital signature",
        "content commitment",
        "key encipherment",
        "key agreement",
        "data encipherment",
        "cert sign",
        "crl sign",
        "encipher only",
        "decipher only",
        "any",
        "server auth",
        "client auth",
        "code signing",
        "email protection",
        "s/mime",
        "ipsec end system",
        "ipsec tunnel",
        "ipsec user",
        "timestamping",
        "ocsp signing",
        "microsoft sgc",
        "netscape sgc",
    ]
)
_SHORTEST = 600
_BLOCK = b"-----BEGIN CERTIFICATE REQUEST-----"
_SIGNER_LIMIT = 253 + 1 + 253
_CONDITIONS = ("Approved", "Denied", "Failed")


def validate_request(request: Obj) -> list[FieldError]:
    errors = object_meta(request, _any_name, namespaced=False)
    spec = request.get("spec") or {}
    if _BLOCK not in (base64_bytes(spec.get("request") or "") or b""):
        errors.append(invalid("spec.request", spec.get("request"), "PEM block type must be CERTIFICATE REQUEST"))
    usages = spec.get("usages") or []
    if not usages:
        errors.append(required("spec.usages"))
    for index, usage in enumerate(usages):
        if usage not in _USAGES:
            errors.append(not_supported(f"spec.usages[{index}]", usage, _USAGES))
        if usage in usages[:index]:
            errors.append(duplicate(f"spec.usages[{index}]", usage))
    errors += signer_name(spec.get("signerName", ""), "spec.signerName")
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < _SHORTEST:
        text = "may not specify a duration less than 600 seconds (10 minutes)"
        errors.append(invalid("spec.expirationSeconds", seconds, text))
    return errors + _conditions(request)


def _any_name(name: str) -> list[str]:
    return []


def signer_name(name: str, field: str) -> list[FieldError]:
    """Errors of a signer's name: a domain with a dot, a slash, a path."""
    if not name:
        return [required(field)]
    domain, slash, path = name.partition("/")
    if not slash or not path or "/" in path:
        text = "must be a fully qualified domain and path of the form 'example.com/signer-name'"
        return [invalid(field, name, text)]
    errors = [invalid(field, domain, f"validating label {text}") for text in names.dns_subdomain(domain)]
    if "." not in domain:
        errors.append(invalid(field, domain, "should be a domain with at least two segments separated by dots"))
    errors += [invalid(field, path, text) for text in names.dns_subdomain(path)]
    if len(name) > _SIGNER_LIMIT:
        errors.append(invalid(field, name, names.at_most(_SIGNER_LIMIT)))
    return errors


def _conditions(request: Obj) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, condition in enumerate((request.get("status") or {}).get("conditions") or ()):
        field, kind, status = f"status.conditions[{index}]", condition.get("type", ""), condition.get("status", "")
        if not kind:
            errors.append(required(f"{field}.type"))
        if not status:
            errors.append(required(f"{field}.status"))
        elif kind in _CONDITIONS and status != "True":
            errors.append(not_supported(f"{field}.status", status, ["True"]))
        if {"Approved": "Denied", "Denied": "Approved"}.get(kind) in seen:
            errors.append(invalid(f"{field}.type", kind, "Approved and Denied conditions are mutually exclusive"))
        if kind in seen:
            errors.append(duplicate(f"{field}.type", kind))
        seen.add(kind)
    return errors


def validate_request_update(new: Obj, old: Obj) -> list[FieldError]:
    errors = validate_request(new) + object_meta_update(new, old)
    return errors + immutable("spec", new.get("spec"), old.get("spec"))


def _kept(*kinds: str) -> Callable[[Obj, Obj], list[FieldError]]:
    """A rule for a subresource: conditions of these types may neither come nor go."""

    def check(new: Obj, old: Obj) -> list[FieldError]:
        errors = object_meta_update(new, old) + _conditions(new)
        now, was = (_types(obj) for obj in (new, old))
        for kind in kinds:
            if (kind in now) != (kind in was):
                verb = "add" if kind in now else "remove"
                text = f'updates may not {verb} a condition of type "{kind}"'
                errors.append(forbidden("status.conditions", text))
        return errors

    return check


def _types(request: Obj) -> set[str]:
    return {item.get("type", "") for item in (request.get("status") or {}).get("conditions") or ()}


validate_approval = _kept("Failed")
"""Rules of the `approval` subresource."""

VALIDATORS: dict[str, Validator] = {
    "certificatesigningrequests.certificates.k8s.io": Validator(
        validate_request, validate_request_update, _kept("Approved", "Denied")
    )
}
