"""Defaults of IngressClasses. Ingresses have none."""

from __future__ import annotations

from collections.abc import Callable

from grader.embedded.objects import Obj


def default_ingress_class(ingress_class: Obj) -> None:
    parameters = (ingress_class.get("spec") or {}).get("parameters")
    if parameters is not None and parameters.get("scope") is None:
        parameters["scope"] = "Cluster"


DEFAULTS: dict[str, Callable[[Obj], None]] = {"ingressclasses.networking.k8s.io": default_ingress_class}
