"""The `paths` of OpenAPI documents: what can be done with a resource, and with which parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.embedded.resources import Resource, Subresource

Object = dict[str, Any]

_LIST = (
    "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion",
    "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch",
)  # fmt: skip
_DELETE = ("dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy")
_WRITE = ("dryRun", "fieldManager", "fieldValidation")
_PATCHES = ("application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json")
_STRATEGIC = "application/strategic-merge-patch+json"
_ANSWERS = ("application/json", "application/yaml")
_WATCHED = (*_ANSWERS, "application/json;stream=watch")
_CODES: dict[str, tuple[str, ...]] = {
    "get": ("200",),
    "post": ("200", "201", "202"),
    "put": ("200", "201"),
    "patch": ("200", "201"),
    "delete": ("200", "202"),
}
_TEXTS = {"200": "OK", "201": "Created", "202": "Accepted"}
_META = "io.k8s.apimachinery.pkg.apis.meta.v1"


@dataclass(frozen=True, slots=True)
class _Verb:
    """One way to use a path: HTTP method, the words of its description and id, action and parameters."""

    verb: str
    method: str
    operation: str
    words: str
    action: str
    parameters: tuple[str, ...]
    on_collection: bool = False


_VERBS = (
    _Verb("list", "get", "list", "list or watch objects of kind", "list", _LIST, True),
    _Verb("create", "post", "create", "create a", "post", _WRITE, True),
    _Verb(
        "deletecollection", "delete", "deleteCollection", "delete collection of", "deletecollection",
        tuple(sorted({*_DELETE, *_LIST} - {"watch", "allowWatchBookmarks"})), True,
    ),
    _Verb("get", "get", "read", "read the specified", "get", ()),
    _Verb("update", "put", "replace", "replace the specified", "put", _WRITE),
    _Verb("patch", "patch", "patch", "partially update the specified", "patch", (*_WRITE, "force")),
    _Verb("delete", "delete", "delete", "delete a", "delete", _DELETE),
)  # fmt: skip


class Operations:
    """Makes the paths of resources. `parameters` are Kubernetes' own descriptions of query parameters, by name."""

    def __init__(self, parameters: Mapping[str, Object]) -> None:
        self._parameters = parameters

    def paths(self, resource: Resource, definitions: Mapping[str, str]) -> dict[str, Object]:
        """Path to path item, for a resource and its subresources. `definitions` names the schema of each kind."""
        root = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
        collection = f"{root}/namespaces/{{namespace}}" if resource.namespaced else root
        collection = f"{collection}/{resource.plural}"
        found = {
            collection: self._item(resource, definitions, None, True),
            f"{collection}/{{name}}": self._item(resource, definitions, None, False),
        }
        if resource.namespaced and "list" in resource.verbs:
            whole = self._item(resource, definitions, None, True)
            everywhere = {key: value for key, value in whole.items() if key == "get"}
            found[f"{root}/{resource.plural}"] = {**everywhere, "parameters": [self._parameters["pretty"]]}
        for sub in resource.subresources:
            found[f"{collection}/{{name}}/{sub.name}"] = self._item(resource, definitions, sub, False)
        return {path: item for path, item in found.items() if len(item) > 1}

    def _item(
        self, resource: Resource, definitions: Mapping[str, str], sub: Subresource | None, on_collection: bool
    ) -> Object:
        verbs = sub.verbs if sub else resource.verbs
        item: Object = {}
        for verb in _VERBS:
            creates = sub is not None and verb.verb == "create"
            if verb.verb in verbs and (creates or verb.on_collection == on_collection):
                item[verb.method] = self._operation(verb, resource, definitions, sub)
        item["parameters"] = list(self._common(resource, on_collection))
        return item

    def _common(self, resource: Resource, on_collection: bool) -> Iterator[Object]:
        if not on_collection:
            text = {"type": "string", "uniqueItems": True}
            description = f"name of the {resource.kind}"
            yield {"name": "name", "in": "path", "description": description, "required": True, "schema": text}
        if resource.namespaced:
            yield self._parameters["namespace"]
        yield self._parameters["pretty"]

    def _operation(
        self, verb: _Verb, resource: Resource, definitions: Mapping[str, str], sub: Subresource | None
    ) -> Object:
        group = resource.group.split(".")[0] or "core"
        version = resource.version
        kind, kind_group, kind_version = (
            (sub.kind, sub.group, sub.version) if sub else (resource.kind, resource.group, version)
        )
        scope = "Namespaced" if resource.namespaced else ""
        part = sub.name.title().replace("/", "") if sub else ""
        subject = f"{sub.name} of the {resource.kind}" if sub else resource.kind
        operation: Object = {
            "tags": [f"{group}_{version}"],
            "description": f"{verb.words} {subject}",
            "operationId": f"{verb.operation}{group.title()}{version.title()}{scope}{resource.kind}{part}",
            "parameters": [self._parameters[name] for name in verb.parameters],
            **self._bodies(verb, kind, definitions, resource.custom),
            "x-kubernetes-action": verb.action,
            "x-kubernetes-group-version-kind": {"group": kind_group, "version": kind_version, "kind": kind},
        }
        return operation

    def _bodies(self, verb: _Verb, kind: str, definitions: Mapping[str, str], custom: bool) -> Object:
        own = _reference(definitions.get(kind, ""))
        answered = own
        media: tuple[str, ...] = _ANSWERS
        given: Object = {"*/*": own} if verb.method in ("post", "put") else {}
        if verb.verb == "list":
            answered, media = _reference(definitions.get(f"{kind}List", "")), _WATCHED
        elif verb.method == "delete":
            answered, given = _reference(f"{_META}.Status"), {"*/*": _reference(f"{_META}.DeleteOptions")}
        elif verb.method == "patch":
            accepted = _PATCHES if custom else (*_PATCHES, _STRATEGIC)
            given = {name: _reference(f"{_META}.Patch") for name in accepted}
        content = dict.fromkeys(media, answered)
        bodies: Object = {
            "responses": {code: {"description": _TEXTS[code], "content": content} for code in _CODES[verb.method]}
        }
        bodies["responses"]["401"] = {"description": "Unauthorized"}
        if given:
            bodies["requestBody"] = {"content": given, **({} if verb.method == "delete" else {"required": True})}
        return bodies


def _reference(name: str) -> Object:
    return {"schema": {"$ref": f"#/components/schemas/{name}"}} if name else {"schema": {"type": "object"}}


def swagger_paths(paths: Mapping[str, Object]) -> dict[str, Object]:
    """The same paths in OpenAPI v2: bodies are parameters, media types belong to the operation."""
    return {path: {key: _swagger_part(key, part) for key, part in item.items()} for path, item in paths.items()}


def _swagger_part(key: str, part: Any) -> Any:
    if key == "parameters":
        return [_swagger_parameter(parameter) for parameter in part]
    operation = {name: value for name, value in part.items() if name not in ("requestBody", "responses", "parameters")}
    operation["parameters"] = [_swagger_parameter(parameter) for parameter in part.get("parameters", ())]
    body = part.get("requestBody")
    if body:
        schema = _swagger_schema(next(iter(body["content"].values())))
        required = {"required": True} if body.get("required") else {}
        operation["parameters"].append({"name": "body", "in": "body", **required, "schema": schema})
        operation["consumes"] = list(body["content"])
    operation["produces"] = list(part["responses"]["200"]["content"])
    operation["responses"] = {
        code: {"description": answer["description"], **_swagger_answer(answer)}
        for code, answer in part["responses"].items()
    }
    return operation


def _swagger_parameter(parameter: Object) -> Object:
    return {**{name: value for name, value in parameter.items() if name != "schema"}, **parameter["schema"]}


def _swagger_answer(answer: Object) -> Object:
    content = answer.get("content")
    return {"schema": _swagger_schema(next(iter(content.values())))} if content else {}


def _swagger_schema(media: Object) -> Object:
    schema: Object = media["schema"]
    if "$ref" not in schema:
        return schema
    return {"$ref": schema["$ref"].replace("#/components/schemas/", "#/definitions/")}
