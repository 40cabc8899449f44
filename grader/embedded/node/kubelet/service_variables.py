"""Variables that say where services are, as Docker links had them.

k8s.io/docs/concepts/services-networking/service, section "Environment variables". A container sees the
services of its namespace that existed when it started, and always `kubernetes` of namespace default.
"""

from __future__ import annotations

from collections.abc import Iterable

from grader.embedded.objects import Obj

_MASTER = "kubernetes"


def service_variables(services: Iterable[Obj]) -> dict[str, str]:
    """The variables of services that have a cluster address."""
    variables: dict[str, str] = {}
    for service in services:
        variables.update(_of(service))
    return variables


def visible(services: Iterable[Obj], defaults: Iterable[Obj], links: bool) -> list[Obj]:
    """The services a pod is told of: those of its namespace when it wants links, and the API server's."""
    found = {s["metadata"]["name"]: s for s in defaults if s["metadata"]["name"] == _MASTER}
    for service in services:
        name = service["metadata"]["name"]
        if links or (name == _MASTER and service["metadata"]["namespace"] == "default"):
            found[name] = service
    return list(found.values())


def _of(service: Obj) -> dict[str, str]:
    spec = service["spec"]
    address = spec.get("clusterIP") or "None"
    ports = spec.get("ports") or ()
    if address == "None" or not ports:
        return {}
    prefix = service["metadata"]["name"].replace("-", "_").upper()
    variables = {f"{prefix}_SERVICE_HOST": address, f"{prefix}_SERVICE_PORT": str(ports[0]["port"])}
    for port in ports:
        if port.get("name"):
            variables[f"{prefix}_SERVICE_PORT_{port['name'].replace('-', '_').upper()}"] = str(port["port"])
    host = f"[{address}]" if ":" in address else address
    for index, port in enumerate(ports):
        protocol = port.get("protocol", "TCP")
        url = f"{protocol.lower()}://{host}:{port['port']}"
        if index == 0:
            variables[f"{prefix}_PORT"] = url
        name = f"{prefix}_PORT_{port['port']}_{protocol.upper()}"
        variables[name] = url
        variables[f"{name}_PROTO"] = protocol.lower()
        variables[f"{name}_PORT"] = str(port["port"])
        variables[f"{name}_ADDR"] = address
    return variables
