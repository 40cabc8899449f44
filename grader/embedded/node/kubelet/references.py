"""Config maps and secrets: what a pod needs of them, and what the kubelet says when it is not there."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import NamedTuple

from grader.embedded.machinery.client import Client
from grader.embedded.objects import Obj

CONFIG_MAPS = "configmaps"
SECRETS = "secrets"
_WORDS = {CONFIG_MAPS: ("configmap", "ConfigMap"), SECRETS: ("secret", "Secret")}


class MissingError(Exception):
    """Something a container or a volume needs is not there yet; the text is the kubelet's."""


class Reference(NamedTuple):
    """A config map or secret in a pod's namespace."""

    resource: str
    name: str


def content(client: Client, namespace: str, reference: Reference, optional: bool) -> dict[str, bytes] | None:
    """The keys of a config map or secret; None when it is absent and optional. Raises MissingError."""
    found = client.get(reference.resource, namespace, reference.name)
    if found is None:
        if optional:
            return None
        raise MissingError(f'{_WORDS[reference.resource][0]} "{reference.name}" not found')
    if reference.resource == SECRETS:
        return {key: _decoded(value) for key, value in (found.get("data") or {}).items()}
    texts = {key: value.encode() for key, value in (found.get("data") or {}).items()}
    texts.update((key, _decoded(value)) for key, value in (found.get("binaryData") or {}).items())
    return texts


def value_of(client: Client, namespace: str, reference: Reference, key: str, optional: bool) -> bytes | None:
    """One key for a variable; None when it is absent and optional. Raises MissingError."""
    values = content(client, namespace, reference, optional)
    if values is None:
        return None
    if key not in values:
        if optional:
            return None
        raise MissingError(f"couldn't find key {key} in {_WORDS[reference.resource][1]} {namespace}/{reference.name}")
    return values[key]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def references_of(pod: Obj) -> set[Reference]:
    """Every config map and secret that a pod's volumes and variables name, there or not."""
    spec = pod["spec"]
    found: set[Reference] = set()
    for volume in spec.get("volumes") or ():
        found.update(_of_source(volume, "secretName"))
        for source in (volume.get("projected") or {}).get("sources") or ():
            found.update(_of_source(source, "name"))
    for part in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(part) or ():
            found.update(_of_variables(container))
    return found


def _of_source(source: Obj, secret_key: str) -> Iterator[Reference]:
    if "configMap" in source:
        yield Reference(CONFIG_MAPS, source["configMap"].get("name", ""))
    if "secret" in source:
        yield Reference(SECRETS, source["secret"].get(secret_key, ""))


def _of_variables(container: Obj) -> Iterator[Reference]:
    for source in container.get("envFrom") or ():
        if "configMapRef" in source:
            yield Reference(CONFIG_MAPS, source["configMapRef"].get("name", ""))
        if "secretRef" in source:
            yield Reference(SECRETS, source["secretRef"].get("name", ""))
    for variable in container.get("env") or ():
        origin = variable.get("valueFrom") or {}
        if "configMapKeyRef" in origin:
            yield Reference(CONFIG_MAPS, origin["configMapKeyRef"].get("name", ""))
        if "secretKeyRef" in origin:
            yield Reference(SECRETS, origin["secretKeyRef"].get("name", ""))
