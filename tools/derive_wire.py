"""Derives the embedded cluster's wire tables from what a real API server says of itself.

    python tools/derive_wire.py FOLDER KUBECTL

FOLDER has `discovery-core.json`, `discovery-groups.json`, `protobuf-fields.json` and `table-columns.json`,
recorded from a Kubernetes v1.36 API server (Apache-2.0, the Kubernetes authors). KUBECTL is an official Linux binary:
it knows which fields are pointers in the Go types, whose zeros are meant. Written:

    grader/embedded/data/resources.json.gz       one record a resource and version
    grader/embedded/api/data/protobuf.json.gz    messages that clients can send
    grader/embedded/api/data/columns.json.gz     column definitions of server-side tables
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

from go_types import GoBinary

ROOT = Path(__file__).parent.parent / "grader/embedded"
API = "k8s.io.api."
META = "k8s.io.apimachinery.pkg.apis.meta.v1."
EXTENSIONS = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1."

# Names in JSON, where they differ from those in the .proto files.
RENAMED = {
    "aPIGroup": "apiGroup",
    "uID": "uid",
    "Webhooks": "webhooks",
    "Expression": "expression",
    "Name": "name",
    "Raw": "raw",
}
SCHEMA_RENAMED = {
    "schema": "$schema",
    "ref": "$ref",
    "xKubernetesPreserveUnknownFields": "x-kubernetes-preserve-unknown-fields",
    "xKubernetesEmbeddedResource": "x-kubernetes-embedded-resource",
    "xKubernetesIntOrString": "x-kubernetes-int-or-string",
    "xKubernetesListMapKeys": "x-kubernetes-list-map-keys",
    "xKubernetesListType": "x-kubernetes-list-type",
    "xKubernetesMapType": "x-kubernetes-map-type",
    "xKubernetesValidations": "x-kubernetes-validations",
}

# Fields that are pointers in the Go types of apiextensions.k8s.io, which kubectl does not carry.
EXTENSION_POINTERS = {
    "JSONSchemaProps": "ref maximum minimum maxLength minLength maxItems minItems multipleOf maxProperties "
    "minProperties xKubernetesPreserveUnknownFields xKubernetesListType xKubernetesMapType",
    "CustomResourceDefinitionVersion": "deprecationWarning",
    "CustomResourceSubresourceScale": "labelSelectorPath",
    "ServiceReference": "path port",
    "ValidationRule": "reason optionalOldSelf",
    "WebhookClientConfig": "url",
}

# Messages whose JSON form is not an object of their fields; the decoder has a function for each.
SPECIAL = {
    "k8s.io.apimachinery.pkg.api.resource.Quantity": "quantity",
    "k8s.io.apimachinery.pkg.runtime.RawExtension": "raw",
    META + "FieldsV1": "raw",
    META + "Time": "time",
    META + "MicroTime": "microTime",
    "k8s.io.apimachinery.pkg.util.intstr.IntOrString": "intOrString",
    API + "authentication.v1.ExtraValue": "items",
    API + "authorization.v1.ExtraValue": "items",
    API + "certificates.v1.ExtraValue": "items",
    EXTENSIONS + "JSON": "raw",
    EXTENSIONS + "JSONSchemaPropsOrArray": "schemaOrArray",
    EXTENSIONS + "JSONSchemaPropsOrBool": "schemaOrBool",
    EXTENSIONS + "JSONSchemaPropsOrStringArray": "schemaOrTexts",
}
SCALARS = {1: "double", 3: "int64", 5: "int32", 8: "bool", 9: "string", 12: "bytes"}
META_KINDS = ("DeleteOptions",)


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, kubectl = Path(sys.argv[1]), Path(sys.argv[2])
    records = resources(source)
    write("data/resources.json.gz", records)
    fields = json.loads((source / "protobuf-fields.json").read_bytes())
    write("api/data/protobuf.json.gz", messages(fields, records, pointers(fields, GoBinary(kubectl))))
    write("api/data/columns.json.gz", columns(json.loads((source / "table-columns.json").read_bytes())))


def write(name: str, value: Any) -> None:
    """Write compact JSON, gzipped without a time so that the same data give the same bytes."""
    path = ROOT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps(value, separators=(",", ":")).encode(), 9, mtime=0))
    print(f"{path.stat().st_size:7} {name}")


def resources(source: Path) -> list[dict[str, Any]]:
    """The records of aggregated discovery, flat. Kinds that leave out their group and version have the resource's."""
    found = []
    for name in ("discovery-core.json", "discovery-groups.json"):
        for group in json.loads((source / name).read_bytes())["items"]:
            for version in group["versions"]:
                found += [
                    record(group["metadata"].get("name", ""), version["version"], resource)
                    for resource in version["resources"]
                ]
    return found


def record(group: str, version: str, resource: dict[str, Any]) -> dict[str, Any]:
    made = {
        "group": group,
        "version": version,
        "plural": resource["resource"],
        "singular": resource["singularResource"],
        "kind": resource["responseKind"]["kind"],
        "namespaced": resource["scope"] == "Namespaced",
        "verbs": resource["verbs"],
        "shortNames": resource.get("shortNames", []),
        "categories": resource.get("categories", []),
        "subresources": [
            {
                "name": sub["subresource"],
                "kind": sub["responseKind"]["kind"],
                "group": sub["responseKind"].get("group") or ("" if sub["responseKind"].get("version") else group),
                "version": sub["responseKind"].get("version") or version,
                "verbs": sub["verbs"],
            }
            for sub in resource.get("subresources", [])
        ],
    }
    return {key: value for key, value in made.items() if value != [] or key == "verbs"}


def pointers(fields: dict[str, Any], go: GoBinary) -> set[tuple[str, str]]:
    """(message, field number) of the scalars that are pointers: what is written only when it is meant."""
    structs = go.structs()
    found = set()
    for name, tags in fields.items():
        if name.startswith(EXTENSIONS):
            meant = EXTENSION_POINTERS.get(name.removeprefix(EXTENSIONS), "").split()
            found |= {(name, tag) for tag, (field, _, _) in tags.items() if field in meant}
            continue
        package, _, kind = name.rpartition(".")
        address = structs.get(f"{package.replace('.', '/').replace('k8s/io', 'k8s.io', 1)}.{kind}")
        for field in go.fields(address) if address else ():
            tagged = re.search(r'protobuf:"\w+,(\d+),', field.tag)
            if tagged and go.is_pointer(field.type):
                found.add((name, tagged[1]))
    return found


def messages(fields: dict[str, Any], records: list[dict[str, Any]], pointers: set[tuple[str, str]]) -> dict[str, Any]:
    """What is reachable from the kinds that clients send: `kinds` (apiVersion → kind → message) and `messages`."""
    kinds: dict[str, dict[str, str]] = {"*": {kind: META + kind for kind in META_KINDS}}
    for served in records:
        for kind, group, version in kinds_of(served):
            api_version = f"{group}/{version}" if group else version
            name = f"{package_of(group, version)}.{kind}"
            if name in fields:
                kinds.setdefault(api_version, {})[kind] = name
    order: list[str] = []
    waiting = [name for named in kinds.values() for name in named.values()]
    while waiting:
        name = waiting.pop()
        if name not in order:
            order.append(name)
            if name not in SPECIAL or SPECIAL[name].startswith("schema"):
                waiting += [kind for _, _, kind in fields[name].values() if isinstance(kind, str)]
    number = {name: index for index, name in enumerate(order)}
    return {
        "kinds": {version: {k: number[m] for k, m in named.items()} for version, named in sorted(kinds.items())},
        "messages": [message(name, fields[name], number, pointers) for name in order],
    }


def kinds_of(served: dict[str, Any]) -> list[tuple[str, str, str]]:
    own = [(served["kind"], served["group"], served["version"])]
    return own + [(sub["kind"], sub["group"], sub["version"]) for sub in served.get("subresources", ())]


def package_of(group: str, version: str) -> str:
    if group == "apiextensions.k8s.io":
        return EXTENSIONS.rstrip(".")
    return f"{API}{group.split('.')[0] or 'core'}.{version}"


def message(
    name: str, fields: dict[str, Any], number: dict[str, int], pointers: set[tuple[str, str]]
) -> str | dict[str, Any]:
    """A special message's kind, or field number → [name, shape, type, whether a zero is kept]."""
    if name in SPECIAL and not SPECIAL[name].startswith("schema"):
        return SPECIAL[name]
    found: dict[str, Any] = {"": SPECIAL[name]} if name in SPECIAL else {}
    for tag, (field, shape, kind) in fields.items():
        renamed = SCHEMA_RENAMED if name.endswith(".JSONSchemaProps") else RENAMED
        scalar = None if isinstance(kind, str) else SCALARS[kind]
        kept = scalar is None or (name, tag) in pointers
        found[tag] = [renamed.get(field, field), shape, number[kind] if scalar is None else scalar, int(kept)]
    return found


def columns(tables: dict[str, Any]) -> dict[str, Any]:
    """Column definitions by group-resource, [name, type, format, text, priority]; texts are kept once, by index."""
    texts: dict[str, int] = {}
    found: dict[str, Any] = {}
    for key, defined in tables.items():
        version, plural = key.rsplit("/", 1)
        group = version.rpartition("/")[0]
        found.setdefault(
            f"{plural}.{group}" if group else plural,
            [
                [c["name"], c["type"], c["format"], texts.setdefault(c["description"], len(texts)), c["priority"]]
                for c in defined
            ],
        )
    return {"texts": list(texts), "tables": found}


if __name__ == "__main__":
    main()
