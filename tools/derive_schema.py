"""Derive the embedded cluster's schema data from what Kubernetes says of itself.

    python tools/derive_schema.py --openapi-v3 openapi-v3.json.gz --kubectl path/to/an/official/linux/kubectl \
        --out grader/embedded/schema/data

`openapi-v3.json.gz` maps each path below `/openapi/v3` to its document. The kubectl binary (of the same minor
version) gives what the documents leave out: the Go types that error texts name, which fields are pointers and
which vanish when empty. Written are `types.json.gz`, read by `grader.embedded.schema.types`, and
`definitions.txt.gz`, read by `grader.embedded.schema.openapi` (`/openapi/v2` says the same as v3, so it is not
needed).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from pathlib import Path
from typing import Any

from go_types import GoBinary, GoField

Document = dict[str, Any]

POINTER, OMIT_EMPTY, OMIT_ZERO, REQUIRED = 1, 2, 4, 8
_SPECIAL = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "micro-time",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Duration": "duration",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
    "io.k8s.apimachinery.pkg.runtime.RawExtension": "any",
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": "any",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": "schema-or-list",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": "schema-or-bool",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": "schema-or-strings",
}
_SCALARS = {
    ("string", None): "string", ("string", "byte"): "bytes", ("boolean", None): "bool", ("integer", "int32"): "int32",
    ("integer", "int64"): "int64", ("integer", None): "int64", ("number", "double"): "float64",
    ("number", None): "float64",
}  # fmt: skip
_GO_TEXT = {"bytes": "[]uint8"}

# kubectl does not register these groups: their Go type names, and their fields that are pointers (*).
_UNREGISTERED = {
    "CustomResourceDefinitionSpec": {"scope": "v1.ResourceScope"},
    "CustomResourceConversion": {"strategy": "v1.ConversionStrategyType"},
    "CustomResourceDefinitionVersion": {"deprecationWarning": "*"},
    "CustomResourceSubresourceScale": {"labelSelectorPath": "*"},
    "CustomResourceDefinitionCondition": {
        "type": "v1.CustomResourceDefinitionConditionType",
        "status": "v1.ConditionStatus",
    },
    "WebhookClientConfig": {"url": "*"},
    "ServiceReference": {"path": "*", "port": "*"},
    "ValidationRule": {"reason": "*v1.FieldValueErrorReason", "optionalOldSelf": "*"},
    "APIServiceCondition": {"type": "v1.APIServiceConditionType", "status": "v1.ConditionStatus"},
    "JSONSchemaProps": {
        "$schema": "v1.JSONSchemaURL", "$ref": "*", "maximum": "*", "minimum": "*", "maxLength": "*", "minLength": "*",
        "maxItems": "*", "minItems": "*", "multipleOf": "*", "maxProperties": "*", "minProperties": "*",
        "dependencies": "v1.JSONSchemaDependencies", "definitions": "v1.JSONSchemaDefinitions",
        "x-kubernetes-preserve-unknown-fields": "*", "x-kubernetes-list-type": "*", "x-kubernetes-map-type": "*",
        "x-kubernetes-validations": "v1.ValidationRules",
    },
}  # fmt: skip


class Tables:
    """Collects type nodes and definitions; both are named by their index, equal nodes are kept once."""

    def __init__(self, definitions: Document, go: GoBinary) -> None:
        self.documents = definitions
        self.go = go
        self.structs = go.structs()
        self.nodes: list[list[Any]] = []
        self.definitions: list[list[Any]] = []
        self._node_index: dict[str, int] = {}
        self._definition_index: dict[str, int] = {}

    def definition(self, name: str) -> int:
        """The index of a definition, which is derived when first asked for."""
        if name in self._definition_index:
            return self._definition_index[name]
        index = self._definition_index[name] = len(self.definitions)
        schema = self.documents[name]
        package, _, short = name.rpartition(".")
        entry: list[Any] = [f"{package.rpartition('.')[2]}.{short}", {}]
        self.definitions.append(entry)
        go_fields = self._go_fields(self.structs[_go_name(name)]) if _go_name(name) in self.structs else None
        required = set(schema.get("required", ()))
        for field, prop in schema.get("properties", {}).items():
            if go_fields is None:
                entry[1][field] = self._unregistered(short, field, prop, field in required)
            elif field in go_fields:
                entry[1][field] = self._field(prop, *go_fields[field], field in required)
            else:
                raise SystemExit(
                    f"{name}.{field} is in OpenAPI but not in the binary: use a kubectl of the same version"
                )
        return index

    def _field(self, prop: Document, embedded: str, found: GoField, required: bool) -> list[Any]:
        options = (re.search(r'json:"([^"]*)"', found.tag) or ["", ""])[1].split(",")[1:]
        flags = REQUIRED * required | OMIT_EMPTY * ("omitempty" in options) | OMIT_ZERO * ("omitzero" in options)
        target = found.type
        if self.go.is_pointer(target):
            flags |= POINTER
            target = self.go.element(target)
        return _record(self.node(prop, target), flags, _extras(prop, embedded))

    def _unregistered(self, owner: str, field: str, prop: Document, required: bool) -> list[Any]:
        text = _UNREGISTERED.get(owner, {}).get(field, "")
        is_struct = "$ref" in _target(prop)
        pointer = text.startswith("*") or (is_struct and "default" not in prop)
        if field == "lastTransitionTime":
            pointer = False
        flags = REQUIRED * required | OMIT_EMPTY * (not required and field != "conditions") | POINTER * pointer
        return _record(self.node(prop, None, text.lstrip("*")), flags, _extras(prop, ""))

    def node(self, prop: Document, go: int | None, text: str = "") -> int:
        """The index of the node for an OpenAPI property whose Go type, if known, is at `go`."""
        target = _target(prop)
        if "$ref" in target:
            return self._reference(target["$ref"].rpartition("/")[2], prop)
        text = text or (self.go.text(go) if go is not None else "")
        kind = target.get("type")
        if kind == "array":
            return self._list(target, prop, go, text)
        if kind == "object":
            element = target.get("additionalProperties")
            if element is None:
                return self._intern(["any", text])
            child = self.node(element, self._element(go))
            atomic = prop.get("x-kubernetes-map-type") == "atomic"
            return self._intern(["map", text or f"map[string]{self._text(child)}", child, *([1] if atomic else [])])
        if kind is None:
            return self._intern(["any", text])
        scalar = _SCALARS[kind, target.get("format")]
        return self._intern([scalar, text] if text and text != _GO_TEXT.get(scalar, scalar) else [scalar])

    def _reference(self, name: str, prop: Document) -> int:
        short = name.rpartition(".")[2]
        if name in _SPECIAL:
            kind = _SPECIAL[name]
            if kind.startswith("schema-or"):
                return self._intern(
                    [kind, f"v1.{short}", self.definition(name.rpartition(".")[0] + ".JSONSchemaProps")]
                )
            return self._intern([kind, f"{name.split('.')[-2]}.{short}"])
        schema = self.documents[name]
        if "properties" not in schema and schema.get("type") != "object":
            return self.node(schema, None, f"{name.split('.')[-2]}.{short}")
        atomic = "atomic" in (prop.get("x-kubernetes-map-type"), schema.get("x-kubernetes-map-type"))
        return self._intern(["struct", self.definition(name), *([1] if atomic else [])])

    def _list(self, target: Document, prop: Document, go: int | None, text: str) -> int:
        child = self.node(target["items"], self._element(go))
        kind = prop.get("x-kubernetes-list-type", "atomic")
        parts: list[Any] = ["list", text or f"[]{self._text(child)}", child]
        if kind != "atomic":
            parts.append(prop.get("x-kubernetes-list-map-keys", []) if kind == "map" else 1)
        return self._intern(parts)

    def _element(self, go: int | None) -> int | None:
        if go is None:
            return None
        element = self.go.element(go)
        return self.go.element(element) if self.go.is_pointer(element) else element

    def _text(self, index: int) -> str:
        node = self.nodes[index]
        if node[0] == "struct":
            return str(self.definitions[node[1]][0])
        return str(node[1]) if len(node) > 1 else _GO_TEXT.get(node[0], node[0])

    def _intern(self, node: list[Any]) -> int:
        key = json.dumps(node)
        if key not in self._node_index:
            self._node_index[key] = len(self.nodes)
            self.nodes.append(node)
        return self._node_index[key]

    def _go_fields(self, struct: int, embedded: str = "") -> dict[str, tuple[str, GoField]]:
        """JSON name to the embedding path (`VolumeSource`) and the Go field."""
        found: dict[str, tuple[str, GoField]] = {}
        for field in self.go.fields(struct):
            name, _, options = (re.search(r'json:"([^"]*)"', field.tag) or ["", ""])[1].partition(",")
            if field.embedded and (not name or "inline" in options.split(",")):
                inner = self.go.element(field.type) if self.go.is_pointer(field.type) else field.type
                if self.go.is_struct(inner):
                    path = f"{embedded}.{field.name}" if embedded else field.name
                    found.update(self._go_fields(inner, path))
            elif name != "-":
                found[name or field.name] = (embedded, field)
        return found


def _target(prop: Document) -> Document:
    inner: Document = prop["allOf"][0] if "allOf" in prop else prop
    return inner


def _extras(prop: Document, embedded: str) -> Document:
    extras = {
        "in": embedded,
        "strategy": prop.get("x-kubernetes-patch-strategy", ""),
        "key": prop.get("x-kubernetes-patch-merge-key", ""),
        "default": None if prop.get("default") in ("", 0, False, {}, [], None) else prop["default"],
    }
    return {name: value for name, value in extras.items() if value}


def _record(node: int, flags: int, extras: Document) -> list[Any]:
    return [node, flags, extras] if extras else [node, flags]


def _go_name(definition: str) -> str:
    package, _, name = definition.removeprefix("io.k8s.").rpartition(".")
    return f"k8s.io/{package.replace('.', '/')}.{name}"


def _load(path: Path) -> Document:
    loaded: Document = json.loads(gzip.decompress(path.read_bytes()))
    return loaded


def _text(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def _write(path: Path, said: str) -> None:
    text = said.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text, 9, mtime=0))
    print(f"{path}: {len(text)} bytes, {path.stat().st_size} packed")


def all_definitions(v3: Document) -> Document:
    """Every definition once, by name."""
    definitions: Document = {}
    for document in v3.values():
        definitions.update(document.get("components", {}).get("schemas", {}))
    return dict(sorted(definitions.items()))


def kinds_of(definitions: Document) -> dict[str, str]:
    """`apps/v1/Deployment` to the name of its definition."""
    kinds = {}
    for name, schema in definitions.items():
        for gvk in schema.get("x-kubernetes-group-version-kind", ()):
            if name.endswith(f".{gvk['kind']}") and (gvk["kind"] != "DeleteOptions" or not gvk["group"]):
                version = f"{gvk['group']}/{gvk['version']}" if gvk["group"] else gvk["version"]
                kinds[f"{version}/{gvk['kind']}"] = name
    return kinds


def derive_types(definitions: Document, go: GoBinary) -> Document:
    """The type tables of every kind, and of what request bodies can hold."""
    tables = Tables(definitions, go)
    kinds = {kind: tables.definition(name) for kind, name in kinds_of(definitions).items()}
    return {"kinds": kinds, "nodes": tables.nodes, "definitions": tables.definitions}


def derive_definitions(v3: Document, definitions: Document) -> str:
    """A line with the names of kinds, one with the operations' parameters, then one a definition: name, tab, JSON."""
    parameters: Document = {}
    for document in v3.values():
        for operations in document["paths"].values():
            for operation in operations.values():
                listed = operation if isinstance(operation, list) else operation.get("parameters", ())
                for parameter in listed:
                    if parameter["in"] == "query" or parameter["name"] == "namespace":
                        parameters.setdefault(parameter["name"], parameter)
    lines = [_text(kinds_of(definitions)), _text(dict(sorted(parameters.items())))]
    lines.extend(f"{name}\t{_text(schema)}" for name, schema in definitions.items())
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("openapi-v3", "kubectl", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    v3 = _load(options.openapi_v3)
    definitions = all_definitions(v3)
    _write(options.out / "types.json.gz", _text(derive_types(definitions, GoBinary(options.kubectl))))
    _write(options.out / "definitions.txt.gz", derive_definitions(v3, definitions))


if __name__ == "__main__":
    main()
