"""The OpenAPI documents of the cluster: `/openapi/v3`, one document for each group and version, and `/openapi/v2`.

Schemas and their descriptions are Kubernetes' own (data, derived by `tools/derive_schema.py`), paths are made from
the resources that are served, so custom resources come in like any other. Documents are JSON; a client that takes
protobuf only is to be refused (406): kubectl 1.32 to 1.37 ask for JSON.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any, NamedTuple, Protocol

import orjson

from grader.embedded.resources import Resource
from grader.embedded.schema.openapi_paths import Operations, swagger_paths

_REFERENCE = re.compile(rb'"#/components/schemas/([^"]+)"')
_INFO = {"title": "Kubernetes", "version": "1.36"}
_BEARER = {"description": "Bearer Token authentication", "in": "header", "name": "authorization", "type": "apiKey"}
_META = "io.k8s.apimachinery.pkg.apis.meta.v1"
_DESCRIPTIONS = {
    "apiVersion": "The version of the schema that this object is written in.",
    "kind": "The kind of this object, in CamelCase. It cannot be changed.",
    "metadata": "The object's name, labels and other metadata.",
    "items": "The objects of this list.",
}


class CustomSchemas(Protocol):
    """Where the schemas of custom resources come from."""

    def schema(self, resource: Resource) -> Mapping[str, Any]:
        """The OpenAPI v3 schema of a custom resource's version; empty when it has none."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document and its hash, which is the ETag (in quotes) and the `hash` of its URL."""

    body: bytes
    hash: str
    content_type: str = "application/json"


class _Data(NamedTuple):
    """`kinds`: `apps/v1/Deployment` to the name of its definition; `definitions`: that name to its JSON."""

    kinds: dict[str, str]
    operations: Operations
    definitions: dict[str, bytes]


class Documents:
    """Makes the documents of what is served now, and keeps those that were asked for while they are current."""

    def __init__(self, resources: Iterable[Resource], custom: CustomSchemas) -> None:
        self._resources = resources
        self._custom = custom
        self._made: dict[str, Document] = {}

    def find(self, path: str) -> Document | None:
        """The document at `/openapi/v3`, `/openapi/v3/apis/apps/v1` and so on, or `/openapi/v2`; None elsewhere."""
        if path == "/openapi/v3":
            return self.index()
        if path == "/openapi/v2":
            return self.swagger()
        return self.document(path.removeprefix("/openapi/v3/")) if path.startswith("/openapi/v3/") else None

    def index(self) -> Document:
        """`/openapi/v3`: where each group and version's document is."""
        paths = {
            path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={self._hash(path, served)}"}
            for path, served in sorted(_by_path(self._resources).items())
        }
        body = orjson.dumps({"paths": paths})
        return Document(body, hashlib.sha256(body).hexdigest().upper())

    def document(self, path: str) -> Document | None:
        """The document of a path such as `apis/apps/v1` or `api/v1`; None where nothing is served."""
        served = _by_path(self._resources).get(path)
        if served is None:
            return None
        current = self._hash(path, served)
        made = self._made.get(path)
        if made is None or made.hash != current:
            made = self._made[path] = Document(self._body(served), current)
        return made

    def _body(self, served: list[Resource]) -> bytes:
        paths = {}
        custom: dict[str, bytes] = {}
        for resource in served:
            paths.update(self._data.operations.paths(resource, self._names(resource)))
            if resource.custom:
                custom.update(_custom_definitions(resource, self._custom.schema(resource)))
        written = orjson.dumps(paths)
        definitions = self._closure(written, custom)
        schemas = b",".join(b'"%s":%s' % (name.encode(), text) for name, text in sorted(definitions.items()))
        return b'{"openapi":"3.0.0","info":%s,"paths":%s,"components":{"schemas":{%s},"securitySchemes":%s}}' % (
            orjson.dumps(_INFO),
            written,
            schemas,
            orjson.dumps({"BearerToken": _BEARER}),
        )

    def swagger(self) -> Document:
        """`/openapi/v2`: everything in one document of the older format (slow: few clients still ask for it)."""
        definitions = {name: _swagger(orjson.loads(text)) for name, text in self._data.definitions.items()}
        paths: dict[str, Any] = {}
        for resource in self._resources:
            paths.update(self._data.operations.paths(resource, self._names(resource)))
            if resource.custom:
                for name, text in _custom_definitions(resource, self._custom.schema(resource)).items():
                    definitions[name] = _swagger(orjson.loads(text))
        document = {
            "swagger": "2.0",
            "info": _INFO,
            "paths": swagger_paths(paths),
            "definitions": definitions,
            "securityDefinitions": {"BearerToken": _BEARER},
            "security": [{"BearerToken": []}],
        }
        body = orjson.dumps(document)
        return Document(body, hashlib.sha256(body).hexdigest().upper())

    @cached_property
    def _packed(self) -> bytes:
        return files("grader.embedded.schema").joinpath("data/definitions.txt.gz").read_bytes()

    @cached_property
    def _data(self) -> _Data:
        kinds, parameters, *lines = gzip.decompress(self._packed).split(b"\n")
        definitions = {name.decode(): text for name, _, text in (line.partition(b"\t") for line in lines)}
        return _Data(orjson.loads(kinds), Operations(orjson.loads(parameters)), definitions)

    def _hash(self, path: str, served: list[Resource]) -> str:
        """Changes with whatever the document is made of, without making it."""
        digest = hashlib.sha256(self._packed[-8:])
        digest.update(path.encode())
        for resource in served:
            digest.update(repr(resource).encode())
            if resource.custom:
                digest.update(orjson.dumps(self._custom.schema(resource), option=orjson.OPT_SORT_KEYS))
        return digest.hexdigest().upper()

    def _names(self, resource: Resource) -> Mapping[str, str]:
        """Kind of the resource, of its list and of its subresources to the name of a definition."""
        if resource.custom:
            name = _custom_name(resource)
            names = {resource.kind: name, f"{resource.kind}List": f"{name}List"}
        else:
            version = resource.api_version
            names = {
                kind: self._data.kinds.get(f"{version}/{kind}", "") for kind in (resource.kind, f"{resource.kind}List")
            }
        for sub in resource.subresources:
            version = f"{sub.group}/{sub.version}" if sub.group else sub.version
            names.setdefault(sub.kind, self._data.kinds.get(f"{version}/{sub.kind}", ""))
        return names

    def _closure(self, written: bytes, made: dict[str, bytes]) -> dict[str, bytes]:
        """The definitions that a text refers to, and those that they refer to."""
        found: dict[str, bytes] = {}
        waiting = [written, *made.values()]
        while waiting:
            for match in set(_REFERENCE.findall(waiting.pop())):
                name = match.decode()
                text = made.get(name) or self._data.definitions.get(name)
                if name not in found and text is not None:
                    found[name] = text
                    waiting.append(text)
        return found


def _by_path(resources: Iterable[Resource]) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for resource in resources:
        path = f"apis/{resource.group}/{resource.version}" if resource.group else f"api/{resource.version}"
        found.setdefault(path, []).append(resource)
    return found


def _custom_name(resource: Resource) -> str:
    """The definition of a custom resource is named after its group, backwards: `com.example.v1.Widget`."""
    return ".".join([*reversed(resource.group.split(".")), resource.version, resource.kind])


def _custom_definitions(resource: Resource, schema: Mapping[str, Any]) -> dict[str, bytes]:
    """The definitions of a custom resource and of its list."""
    name = _custom_name(resource)
    gvk = {"group": resource.group, "version": resource.version}
    own = {**schema, "type": "object", "x-kubernetes-group-version-kind": [{**gvk, "kind": resource.kind}]}
    own["properties"] = {**(schema.get("properties") or {}), **_common("ObjectMeta")}
    listed = {
        "description": f"{resource.kind}List is a list of {resource.kind}",
        "type": "object",
        "required": ["items"],
        "properties": {
            **_common("ListMeta"),
            "items": {
                "description": _DESCRIPTIONS["items"],
                "type": "array",
                "items": {"$ref": f"#/components/schemas/{name}"},
            },
        },
        "x-kubernetes-group-version-kind": [{**gvk, "kind": f"{resource.kind}List"}],
    }
    return {name: orjson.dumps(own), f"{name}List": orjson.dumps(listed)}


def _common(metadata: str) -> dict[str, Any]:
    texts = {name: {"description": _DESCRIPTIONS[name], "type": "string"} for name in ("apiVersion", "kind")}
    reference = {"$ref": f"#/components/schemas/{_META}.{metadata}"}
    return {**texts, "metadata": {"description": _DESCRIPTIONS["metadata"], "allOf": [reference]}}


def _swagger(schema: Any) -> Any:
    """A schema in the older format, which has no defaults, no unions and no `allOf` around references."""
    if not isinstance(schema, dict):
        return schema
    converted: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            converted[key] = {name: _swagger(part) for name, part in value.items()}
        elif key == "allOf":
            converted.update(_swagger(value[0]))
        elif key == "$ref":
            converted[key] = value.replace("#/components/schemas/", "#/definitions/")
        elif key in ("items", "additionalProperties"):
            converted[key] = _swagger(value)
        elif key == "oneOf":
            converted["type"] = "string"
        elif key not in ("default", "anyOf", "not", "nullable"):
            converted[key] = value
    return converted
