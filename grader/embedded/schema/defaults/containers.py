"""Defaults of containers ("Container", "Probe" and "LifecycleHandler v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from grader.embedded.objects import Obj
from grader.embedded.quantity import canonical_quantity, canonical_resources
from grader.embedded.schema.image_names import parse_image

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_PROBE_NUMBERS = (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3))


def default_container(container: Obj) -> None:
    """Complete a container, init container or ephemeral container in place."""
    if not container.get("imagePullPolicy"):
        container["imagePullPolicy"] = pull_policy(container.get("image", ""))
    if not container.get("terminationMessagePath"):
        container["terminationMessagePath"] = "/dev/termination-log"
    if not container.get("terminationMessagePolicy"):
        container["terminationMessagePolicy"] = "File"
    resources = container.setdefault("resources", {})
    if resources:
        canonical_resources(resources.get("limits"))
        canonical_resources(resources.get("requests"))
    for port in container.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
    for variable in container.get("env") or ():
        if variable.get("valueFrom"):
            _default_source(variable["valueFrom"])
    for kind in _PROBES:
        if container.get(kind) is not None:
            _default_probe(container[kind])
    for handler in (container.get("lifecycle") or {}).values():
        if isinstance(handler, dict) and handler.get("httpGet") is not None:
            default_http_get(handler["httpGet"])


def pull_policy(image: str) -> str:
    """Always for `:latest` and for no tag, else IfNotPresent (k8s.io/docs/concepts/containers/images)."""
    name = parse_image(image)
    return "Always" if name is not None and name.tag == "latest" else "IfNotPresent"


def default_http_get(action: Obj) -> None:
    if not action.get("path"):
        action["path"] = "/"
    if not action.get("scheme"):
        action["scheme"] = "HTTP"


def default_field_reference(reference: Obj) -> None:
    if not reference.get("apiVersion"):
        reference["apiVersion"] = "v1"


def default_resource_reference(reference: Obj) -> None:
    """The divisor is always shown; zero stands for one."""
    reference["divisor"] = canonical_quantity(reference.get("divisor") or "0")


def _default_source(source: Obj) -> None:
    if source.get("fieldRef") is not None:
        default_field_reference(source["fieldRef"])
    if source.get("resourceFieldRef") is not None:
        default_resource_reference(source["resourceFieldRef"])
    if source.get("fileKeyRef") is not None:
        source["fileKeyRef"].setdefault("optional", False)


def _default_probe(probe: Obj) -> None:
    for field, value in _PROBE_NUMBERS:
        if not probe.get(field):
            probe[field] = value
    if probe.get("httpGet") is not None:
        default_http_get(probe["httpGet"])
    if probe.get("grpc") is not None:
        probe["grpc"].setdefault("service", "")
