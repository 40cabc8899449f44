"""Custom resources: what CustomResourceDefinition objects add to the API while the cluster runs.

k8s.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions
"""

from __future__ import annotations

from typing import Any

from grader.embedded.objects import Obj, is_terminating, is_true
from grader.embedded.resources import Resource, Resources, Subresource
from grader.embedded.schema.field_errors import FieldError
from grader.embedded.schema.types import TypeInfo
from grader.embedded.store import Event, EventType, Store

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_SUBRESOURCE_VERBS = ("get", "patch", "update")


class Definitions:
    """Follows definitions and answers for the objects they define."""

    def __init__(self, store: Store, resources: Resources) -> None:
        self._resources = resources
        self._served: dict[str, list[Resource]] = {}
        self._versions: dict[tuple[str, str], Obj] = {}
        self._types: dict[tuple[str, str], TypeInfo] = {}
        for definition in store.each(DEFINITIONS):
            self._serve(definition)
        store.subscribe(DEFINITIONS, self._follow)

    def version(self, resource: Resource) -> Obj:
        """The definition's entry for a resource's version: schema, subresources, columns."""
        return self._versions[resource.key, resource.version]

    def schema(self, resource: Resource) -> Obj:
        """The OpenAPI v3 schema of a custom resource's version; empty when it has none."""
        schema: Obj = (self.version(resource).get("schema") or {}).get("openAPIV3Schema") or {}
        return schema

    def columns(self, resource: Resource) -> list[Obj]:
        """`additionalPrinterColumns` of a version."""
        columns: list[Obj] = self.version(resource).get("additionalPrinterColumns") or []
        return columns

    def selectable(self, resource: Resource) -> list[str]:
        """The JSON paths that field selectors may name (`selectableFields`)."""
        return [field["jsonPath"] for field in self.version(resource).get("selectableFields") or ()]

    def default(self, resource: Resource, obj: Obj) -> None:
        """Fill in the defaults that the schema names."""
        from grader.embedded.schema.validation.custom import default

        default(obj, self.schema(resource))

    def type(self, resource: Resource, metadata: TypeInfo) -> TypeInfo:
        """The field table of a custom resource's version; made once for each state of its definition."""
        place = resource.key, resource.version
        found = self._types.get(place)
        if found is None:
            found = self._types[place] = TypeInfo.from_openapi(self.schema(resource), resource.kind, metadata)
        return found

    def errors(self, resource: Resource, obj: Obj, old: Obj | None) -> list[FieldError]:
        """What the schema finds wrong with an object."""
        from grader.embedded.schema.validation.custom import validate_custom

        return validate_custom(obj, self.schema(resource), old)

    def _follow(self, event: Event) -> None:
        if event.type is EventType.DELETED:
            self._withdraw(event.key.name)
        else:
            self._serve(event.object)

    def _serve(self, definition: Obj) -> None:
        name = definition["metadata"]["name"]
        before = self._served.get(name, [])
        after = list(_resources_of(definition)) if is_true(definition, "Established") else []
        if is_terminating(definition):
            after = before
        for version in definition["spec"]["versions"]:
            self._versions[name, version["name"]] = version
            self._types.pop((name, version["name"]), None)
        if before == after:
            return
        self._withdraw(name)
        for resource in after:
            self._resources.add(resource)
        self._served[name] = after

    def _withdraw(self, name: str) -> None:
        for resource in self._served.pop(name, ()):
            self._resources.remove(resource)


def _resources_of(definition: Obj) -> list[Resource]:
    """A resource for each served version, the storage version first."""
    spec = definition["spec"]
    names = spec["names"]
    versions = sorted(spec["versions"], key=lambda version: not version.get("storage"))
    return [
        Resource(
            group=spec["group"],
            version=version["name"],
            plural=names["plural"],
            singular=names.get("singular") or names["kind"].lower(),
            kind=names["kind"],
            namespaced=spec["scope"] == "Namespaced",
            verbs=_VERBS,
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            subresources=tuple(_subresources(version, names["kind"], spec["group"])),
            custom=True,
        )
        for version in versions
        if version.get("served")
    ]


def _subresources(version: dict[str, Any], kind: str, group: str) -> list[Subresource]:
    asked = version.get("subresources") or {}
    found = []
    if "status" in asked:
        found.append(Subresource("status", kind, group, version["name"], _SUBRESOURCE_VERBS))
    if asked.get("scale"):
        found.append(Subresource("scale", "Scale", "autoscaling", "v1", _SUBRESOURCE_VERBS))
    return found
