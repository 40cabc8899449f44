"""Defaults of CustomResourceDefinitions (Kubernetes API reference: apiextensions.k8s.io/v1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grader.embedded.objects import Obj

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


def default_definition(definition: Obj) -> None:
    spec = definition.setdefault("spec", {})
    names = spec.setdefault("names", {})
    if not names.get("singular") and names.get("kind"):
        names["singular"] = names["kind"].lower()
    if not names.get("listKind") and names.get("kind"):
        names["listKind"] = names["kind"] + "List"
    conversion = spec.get("conversion")
    if conversion is None:
        spec["conversion"] = {"strategy": "None"}
    else:
        service = ((conversion.get("webhook") or {}).get("clientConfig") or {}).get("service")
        if service is not None and service.get("port") is None:
            service["port"] = 443
    if not definition.get("status"):
        definition["status"] = initial_status(definition)


def initial_status(definition: Obj) -> dict[str, Any]:
    """The status a definition is created with: nothing accepted yet, its storage version stored."""
    versions = definition["spec"].get("versions") or ()
    stored = [version.get("name", "") for version in versions if version.get("storage")]
    return {
        "acceptedNames": {"kind": "", "plural": ""},
        "conditions": None,
        "storedVersions": list(dict.fromkeys(stored)) or None,
    }


DEFAULTS: dict[str, Callable[[Obj], None]] = {DEFINITIONS: default_definition}
