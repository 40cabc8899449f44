"""Rules of Ingresses and IngressClasses (k8s.io/docs/concepts/services-networking/ingress)."""

from __future__ import annotations

import re

from grader.embedded.objects import Obj
from grader.embedded.schema.field_errors import FieldError, forbidden, invalid, not_supported, required, too_long
from grader.embedded.schema.validation import names, values
from grader.embedded.schema.validation.addresses import ip_address, parse_address
from grader.embedded.schema.validation.base import Validator
from grader.embedded.schema.validation.metadata import immutable, object_meta, object_meta_update

_PATH_TYPES = ["Exact", "ImplementationSpecific", "Prefix"]
_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")
_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_CONTROLLER_LIMIT = 250
_SCOPES = ["Cluster", "Namespace"]
_PATH_FORMAT = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
_is_http_path = re.compile(_PATH_FORMAT).fullmatch
_NOT_A_NAME = "must be a DNS name, not an IP address"


def validate_ingress(ingress: Obj) -> list[FieldError]:
    errors = object_meta(ingress) + _spec(ingress.get("spec") or {})
    annotation = ((ingress.get("metadata") or {}).get("annotations") or {}).get(_CLASS_ANNOTATION)
    name = (ingress.get("spec") or {}).get("ingressClassName")
    if annotation is not None and name is not None and annotation != name:
        text = "must match `ingressClassName` when both are specified"
        errors.append(invalid(f"annotations.{_CLASS_ANNOTATION}", annotation, text))
    return errors


def validate_ingress_update(new: Obj, old: Obj) -> list[FieldError]:
    return object_meta_update(new, old) + object_meta(new) + _spec(new.get("spec") or {})


def validate_ingress_status(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old)
    for index, point in enumerate(((new.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()):
        field = f"status.loadBalancer.ingress[{index}]"
        host = point.get("hostname")
        if point.get("ip"):
            errors += ip_address(point["ip"], f"{field}.ip")
        if host:
            errors += [invalid(f"{field}.hostname", host, text) for text in names.dns_subdomain(host)]
            if parse_address(host):
                errors.append(invalid(f"{field}.hostname", host, _NOT_A_NAME))
    return errors


def _spec(spec: Obj) -> list[FieldError]:
    rules, backend, name = spec.get("rules"), spec.get("defaultBackend"), spec.get("ingressClassName")
    errors: list[FieldError] = []
    if not rules and backend is None:
        errors.append(invalid("spec", rules, "either `defaultBackend` or `rules` must be specified"))
    if backend is not None:
        errors += _backend(backend, "spec.defaultBackend")
    for index, rule in enumerate(rules or ()):
        errors += _rule(rule, f"spec.rules[{index}]")
    for index, tls in enumerate(spec.get("tls") or ()):
        errors += _tls(tls, f"spec.tls[{index}]")
    if name is not None:
        errors += [invalid("spec.ingressClassName", name, text) for text in names.dns_subdomain(name)]
    return errors


def _host(host: str, field: str) -> list[FieldError]:
    rule = names.wildcard_subdomain if "*" in host else names.dns_subdomain
    return [invalid(field, host, text) for text in rule(host)]


def _rule(rule: Obj, field: str) -> list[FieldError]:
    host, http = rule.get("host", ""), rule.get("http")
    errors: list[FieldError] = []
    if host:
        if parse_address(host):
            errors.append(invalid(f"{field}.host", host, _NOT_A_NAME))
        errors += _host(host, f"{field}.host")
    if http is None:
        return errors
    if not http.get("paths"):
        errors.append(required(f"{field}.http.paths"))
    for index, path in enumerate(http.get("paths") or ()):
        errors += _path(path, f"{field}.http.paths[{index}]")
    return errors


def _path(path: Obj, field: str) -> list[FieldError]:
    kind, text = path.get("pathType"), path.get("path", "")
    place = f"{field}.path"
    if kind is None:
        return [required(f"{field}.pathType", "pathType must be specified")]
    errors: list[FieldError] = []
    if kind not in _PATH_TYPES:
        errors.append(not_supported(f"{field}.pathType", kind, _PATH_TYPES))
    elif not text.startswith("/") and (text or kind != "ImplementationSpecific"):
        errors.append(invalid(place, text, "must be an absolute path"))
    if kind in ("Exact", "Prefix"):
        errors += [invalid(place, text, f"must not contain '{part}'") for part in _BAD_SEQUENCES if part in text]
        errors += [invalid(place, text, f"cannot end with '{part}'") for part in _BAD_ENDS if text.endswith(part)]
    return errors + _backend(path.get("backend") or {}, f"{field}.backend")


def _backend(backend: Obj, field: str) -> list[FieldError]:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        return [invalid(field, "", "cannot set both resource and service backends")]
    if resource is not None:
        return _reference(resource, f"{field}.resource")
    if service is None:
        return [invalid(field, "", "resource or service backend is required")]
    name = service.get("name", "")
    errors = [invalid(f"{field}.service.name", name, text) for text in names.dns_label(name)] if name else []
    if not name:
        errors.append(required(f"{field}.service.name"))
    port = service.get("port") or {}
    label, number = port.get("name", ""), port.get("number", 0)
    if label and number:
        errors.append(invalid(field, "", "cannot set both port name & port number"))
    elif label:
        errors += [invalid(f"{field}.service.port.name", label, text) for text in names.port_name(label)]
    elif number:
        errors += values.port_number(number, f"{field}.service.port.number")
    else:
        errors.append(required(field, "port name or number is required"))
    return errors


def _reference(reference: Obj, field: str) -> list[FieldError]:
    group = reference.get("apiGroup")
    errors: list[FieldError] = []
    if group is not None:
        errors += [invalid(f"{field}.apiGroup", group, text) for text in names.dns_subdomain(group)]
    for part in ("kind", "name"):
        value = reference.get(part, "")
        if not value:
            errors.append(required(f"{field}.{part}", f"{part} is required"))
        errors += [invalid(f"{field}.{part}", value, text) for text in names.path_segment(value)]
    return errors


def _tls(tls: Obj, field: str) -> list[FieldError]:
    secret = tls.get("secretName", "")
    errors: list[FieldError] = []
    for index, host in enumerate(tls.get("hosts") or ()):
        errors += _host(host, f"{field}.hosts[{index}]")
    if secret:
        errors += [invalid(f"{field}.secretName", secret, text) for text in names.dns_subdomain(secret)]
    return errors


def domain_prefixed_path(text: str, field: str) -> list[FieldError]:
    """Errors of a name such as `acme.io/foo`: a domain, a slash, a path."""
    if not text:
        return [required(field)]
    host, _, path = text.partition("/")
    if not host or not path:
        return [invalid(field, text, 'must be a domain-prefixed path (such as "acme.io/foo")')]
    errors = [invalid(field, host, words) for words in names.dns_subdomain(host)]
    if not _is_http_path(path):
        errors.append(invalid(field, path, f"Invalid path (regex used for validation is '{_PATH_FORMAT}')"))
    return errors


def validate_ingress_class(ingress_class: Obj) -> list[FieldError]:
    spec = ingress_class.get("spec") or {}
    controller = spec.get("controller", "")
    errors = object_meta(ingress_class, namespaced=False)
    if len(controller.encode("utf-8", "surrogatepass")) > _CONTROLLER_LIMIT:
        errors.append(too_long("spec.controller", _CONTROLLER_LIMIT))
    errors += domain_prefixed_path(controller, "spec.controller")
    parameters = spec.get("parameters")
    return errors if parameters is None else errors + _parameters(parameters, "spec.parameters")


def _parameters(parameters: Obj, field: str) -> list[FieldError]:
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    errors = _reference(parameters, field)
    if scope is None:
        errors.append(required(f"{field}.scope"))
    elif scope not in _SCOPES:
        errors.append(not_supported(f"{field}.scope", scope, _SCOPES))
    elif scope == "Cluster":
        if namespace is not None:
            errors.append(forbidden(f"{field}.namespace", "`parameters.scope` is set to 'Cluster'"))
    elif namespace is None:
        errors.append(required(f"{field}.namespace", "`parameters.scope` is set to 'Namespace'"))
    else:
        errors += [invalid(f"{field}.namespace", namespace, text) for text in names.dns_label(namespace)]
    return errors


def validate_ingress_class_update(new: Obj, old: Obj) -> list[FieldError]:
    errors = object_meta_update(new, old)
    now, was = ((obj.get("spec") or {}).get("controller", "") for obj in (new, old))
    return errors + immutable("spec.controller", now, was) + validate_ingress_class(new)


VALIDATORS: dict[str, Validator] = {
    "ingresses.networking.k8s.io": Validator(validate_ingress, validate_ingress_update, validate_ingress_status),
    "ingressclasses.networking.k8s.io": Validator(validate_ingress_class, validate_ingress_class_update),
}
