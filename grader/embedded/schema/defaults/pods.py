"""Defaults of pods that pod templates do not have ("Pod v1 core" of the Kubernetes API reference)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import chain

from grader.embedded.objects import Obj
from grader.embedded.quantity import Form, form_of, format_quantity, parse_quantity
from grader.embedded.schema.defaults.pod_specs import default_pod_spec

_POD_LEVEL = ("cpu", "memory")


def default_pod(pod: Obj) -> None:
    """Complete a pod in place: requests follow limits, ports of the host follow those of the container."""
    spec = pod.setdefault("spec", {})
    default_pod_spec(spec)
    if spec["terminationGracePeriodSeconds"] < 0:
        spec["terminationGracePeriodSeconds"] = 1
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    for container in chain(spec.get("containers") or (), spec.get("initContainers") or ()):
        limits = container["resources"].get("limits")
        if limits:
            container["resources"]["requests"] = {**limits, **(container["resources"].get("requests") or {})}
        if spec.get("hostNetwork"):
            _default_host_ports(container)
    if spec.get("resources"):
        _default_pod_requests(spec)


def _default_host_ports(container: Obj) -> None:
    for port in container.get("ports") or ():
        if not port.get("hostPort") and port.get("containerPort"):
            port["hostPort"] = port["containerPort"]


def _default_pod_requests(spec: Obj) -> None:
    """Requests of the pod as a whole: the sum of its containers' requests, else the pod's own limits.

    See k8s.io/docs/concepts/configuration/manage-resources-containers, "Pod-level resource specification".
    """
    resources = spec["resources"]
    limits, requests = resources.get("limits") or {}, dict(resources.get("requests") or {})
    if not limits and not requests:
        return
    names = dict.fromkeys(
        name
        for container in chain(spec.get("containers") or (), spec.get("initContainers") or ())
        for name in container["resources"].get("requests") or ()
    )
    for name in chain(names, limits):
        if name in requests or not (name in _POD_LEVEL or name.startswith("hugepages-")):
            continue
        requests[name] = effective_request(spec, name) if name in names else limits[name]
    resources["requests"] = requests


def effective_request(spec: Obj, resource: str) -> str:
    """What a pod's containers request together: the running ones, or the hungriest moment of its start."""
    form = Form.DECIMAL
    running = Fraction(0)
    for container in chain(spec.get("containers") or (), spec.get("initContainers") or ()):
        value = (container.get("resources") or {}).get("requests", {}).get(resource)
        if value is not None and form is Form.DECIMAL:
            form = form_of(value)
    for container in spec.get("containers") or ():
        running += _request(container, resource)
    sidecars, start = Fraction(0), Fraction(0)
    for container in spec.get("initContainers") or ():
        asked = _request(container, resource)
        if container.get("restartPolicy") == "Always":
            sidecars += asked
            start = max(start, sidecars)
        else:
            start = max(start, sidecars + asked)
    return format_quantity(max(running + sidecars, start), form)


def _request(container: Obj, resource: str) -> Fraction:
    value = ((container.get("resources") or {}).get("requests") or {}).get(resource)
    return parse_quantity(value) if value is not None else Fraction(0)


DEFAULTS: dict[str, Callable[[Obj], None]] = {"pods": default_pod}
