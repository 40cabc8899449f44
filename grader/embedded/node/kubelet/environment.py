"""A container's environment: services, envFrom, env (Kubernetes API reference: EnvVar v1 core)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grader.embedded.machinery.client import Client
from grader.embedded.node.kubelet.expansion import expand
from grader.embedded.node.kubelet.fields import FieldError, container_named, field_of, resource_of
from grader.embedded.node.kubelet.references import (
    CONFIG_MAPS,
    SECRETS,
    MissingError,
    Reference,
    content,
    value_of,
)
from grader.embedded.objects import Obj

_FROM = (("configMapRef", CONFIG_MAPS), ("secretRef", SECRETS))
_KEYS = (("configMapKeyRef", CONFIG_MAPS), ("secretKeyRef", SECRETS))


@dataclass(frozen=True, slots=True)
class PodFacts:
    """What only the node knows of a pod when its variables are made."""

    pod_ip: str
    host_ip: str
    allocatable: Mapping[str, str]
    read_file: Callable[[str, str], bytes | None] = lambda volume, path: None
    """(volume, path) to the content of a file in one of the pod's volumes."""


def environment(
    client: Client, pod: Obj, container: Obj, services: Mapping[str, str], facts: PodFacts
) -> Mapping[str, str]:
    """The variables of a container, services first to be overridden. Raises MissingError and FieldError."""
    if not container.get("env") and not container.get("envFrom"):
        return services
    variables: dict[str, str] = {}
    for source in container.get("envFrom") or ():
        variables.update(_whole(client, pod, source))
    known = _Known(variables, services)
    for variable in container.get("env") or ():
        name = variable["name"]
        if variable.get("value"):
            variables[name] = expand(variable["value"], known)
        elif variable.get("valueFrom"):
            value = _origin(client, pod, container, variable["valueFrom"], facts)
            if value is not None:
                variables[name] = value
        else:
            variables[name] = ""
    return {**services, **variables}


class _Known(dict[str, str]):
    """The variables made so far, over those of services."""

    def __init__(self, variables: Mapping[str, str], services: Mapping[str, str]) -> None:
        super().__init__()
        self._variables = variables
        self._services = services

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        found = self._variables.get(name)
        return self._services.get(name, default) if found is None else found


def _whole(client: Client, pod: Obj, source: Obj) -> dict[str, str]:
    """All keys of a config map or secret that can be names of variables."""
    prefix = source.get("prefix") or ""
    for field, resource in _FROM:
        if field in source:
            reference = Reference(resource, source[field].get("name", ""))
            values = content(client, pod["metadata"]["namespace"], reference, bool(source[field].get("optional")))
            named = {prefix + key: value for key, value in (values or {}).items()}
            return {k: v.decode(errors="replace") for k, v in named.items() if "=" not in k and k.isprintable()}
    return {}


def _origin(client: Client, pod: Obj, container: Obj, origin: Obj, facts: PodFacts) -> str | None:
    for field, resource in _KEYS:
        if field in origin:
            chosen = origin[field]
            reference = Reference(resource, chosen.get("name", ""))
            namespace = pod["metadata"]["namespace"]
            value = value_of(client, namespace, reference, chosen["key"], bool(chosen.get("optional")))
            return None if value is None else value.decode(errors="replace")
    if "fieldRef" in origin:
        return _field(pod, origin["fieldRef"]["fieldPath"], facts)
    if "resourceFieldRef" in origin:
        reference = origin["resourceFieldRef"]
        chosen = container_named(pod, reference["containerName"]) if reference.get("containerName") else container
        return resource_of(reference, chosen or container, facts.allocatable)
    if "fileKeyRef" in origin:
        return _from_file(origin["fileKeyRef"], facts)
    return ""


def _field(pod: Obj, path: str, facts: PodFacts) -> str:
    if path in ("status.podIP", "status.podIPs"):
        return facts.pod_ip
    if path in ("status.hostIP", "status.hostIPs"):
        return facts.host_ip
    value = field_of(pod, path)
    if value is None:
        raise FieldError(f"unsupported fieldPath: {path}")
    return value


def _from_file(reference: Obj, facts: PodFacts) -> str | None:
    """A key of an environment file that an init container left in a volume."""
    text = facts.read_file(reference["volumeName"], reference["path"])
    if text is None:
        if reference.get("optional"):
            return None
        raise MissingError(f"environment variable file {reference['path']} does not exist")
    for line in text.decode(errors="replace").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and name.strip() == reference["key"]:
            return value.strip().strip("'")
    if reference.get("optional"):
        return None
    raise MissingError(f"environment variable key {reference['key']} not found in file {reference['path']}")
