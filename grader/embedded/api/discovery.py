"""What the API says it serves: groups, versions and resources.

Three forms of one table (k8s.io/docs/concepts/overview/kubernetes-api, "Discovery API"): the aggregated documents
v2 and v2beta1 that kubectl reads, and the older lists for each group and version. The functions are pure;
`Discovery` keeps their answers until the resources change.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

import orjson

from grader.embedded.objects import Obj
from grader.embedded.resources import Resource, Resources, Subresource

_VERSION = re.compile(r"v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?\Z")
_STAGES = {"alpha": 1, "beta": 2, None: 3}


def version_rank(version: str) -> tuple[int, int, int, str]:
    """Sorts versions as Kubernetes prefers them: v2, v1, v2beta1, v1alpha1, then others by name."""
    match = _VERSION.match(version)
    if match is None:
        return (0, 0, 0, version)
    major, stage, minor = match.groups()
    return (-_STAGES[stage], -int(major), -int(minor or 0), "")


def groups_of(resources: Iterable[Resource]) -> dict[str, dict[str, list[Resource]]]:
    """Group → version → its resources: groups as they were added, versions by preference, resources by name."""
    found: dict[str, dict[str, list[Resource]]] = {}
    for resource in resources:
        found.setdefault(resource.group, {}).setdefault(resource.version, []).append(resource)
    return {
        group: {
            version: sorted(versions[version], key=lambda resource: resource.plural)
            for version in sorted(versions, key=version_rank)
        }
        for group, versions in found.items()
    }


# Aggregated


def aggregated(groups: dict[str, dict[str, list[Resource]]], version: str) -> Obj:
    """APIGroupDiscoveryList of some groups; `version` is v2 or v2beta1."""
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": [
            {
                "metadata": {"name": group} if group else {},
                "versions": [
                    {
                        "version": name,
                        "resources": [_described(resource) for resource in served],
                        "freshness": "Current",
                    }
                    for name, served in versions.items()
                ],
            }
            for group, versions in groups.items()
        ],
    }


def _described(resource: Resource) -> Obj:
    described: Obj = {
        "resource": resource.plural,
        "responseKind": _response_kind(resource, resource.kind, resource.group, resource.version),
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": resource.verbs,
    }
    if resource.short_names:
        described["shortNames"] = resource.short_names
    if resource.categories:
        described["categories"] = resource.categories
    if resource.subresources:
        described["subresources"] = [
            {
                "subresource": sub.name,
                "responseKind": _response_kind(resource, sub.kind, sub.group, sub.version),
                "verbs": sub.verbs,
            }
            for sub in resource.subresources
        ]
    return described


def _response_kind(resource: Resource, kind: str, group: str, version: str) -> Obj:
    """A kind; built-in resources leave out the group and version when they are their own."""
    if not resource.custom and (group, version) == (resource.group, resource.version):
        group = version = ""
    return {"group": group, "version": version, "kind": kind}


# Lists of groups and of resources


def api_versions(address: str) -> Obj:
    """The document at `/api`. `address` is the server's host and port."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def group_list(groups: dict[str, dict[str, list[Resource]]]) -> Obj:
    """The document at `/apis`: every named group."""
    found = [_group(group, versions) for group, versions in groups.items() if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}


def group_document(group: str, versions: Iterable[str]) -> Obj:
    """The document at `/apis/{group}`."""
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(group, versions)}


def _group(group: str, versions: Iterable[str]) -> Obj:
    named = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
    return {"name": group, "versions": named, "preferredVersion": named[0]}


def resource_list(resources: list[Resource], storage: Resources) -> Obj:
    """The document of one group and version: its resources and their subresources. `storage` knows storage versions."""
    entries = []
    for resource in resources:
        entries.append(_entry(resource, storage))
        entries.extend(_subentry(resource, sub) for sub in resource.subresources)
    api_version = resources[0].api_version
    head = {"kind": "APIResourceList", "apiVersion": "v1"} if resources[0].group else {"kind": "APIResourceList"}
    return {**head, "groupVersion": api_version, "resources": entries}


def _entry(resource: Resource, storage: Resources) -> Obj:
    entry: Obj = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": resource.verbs,
    }
    if resource.short_names:
        entry["shortNames"] = resource.short_names
    if resource.categories:
        entry["categories"] = resource.categories
    if "watch" in resource.verbs:
        entry["storageVersionHash"] = _storage_hash(storage.named(resource.key))
    return entry


def _subentry(resource: Resource, sub: Subresource) -> Obj:
    foreign = (sub.group, sub.version) != (resource.group, resource.version)
    return {
        "name": f"{resource.plural}/{sub.name}",
        "singularName": "",
        "namespaced": resource.namespaced,
        **({"group": sub.group, "version": sub.version} if foreign else {}),
        "kind": sub.kind,
        "verbs": sub.verbs,
    }


def _storage_hash(resource: Resource) -> str:
    """Names the version that objects are stored in: eight bytes of a SHA-256."""
    digest = hashlib.sha256(f"{resource.group}/{resource.version}/{resource.kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


class Discovery:
    """Every discovery document, made when it is first asked for after the resources changed."""

    def __init__(self, resources: Resources, address: str = "127.0.0.1:6443") -> None:
        self._resources = resources
        self._address = address
        self._generation = -1
        self._groups: dict[str, dict[str, list[Resource]]] = {}
        self._aggregated: dict[tuple[str, str], tuple[bytes, str]] = {}
        self._documents: dict[str, bytes] = {}

    def aggregated(self, path: str, version: str) -> tuple[bytes, str]:
        """The aggregated document at `/api` (the core group) or `/apis` (all others), and its entity tag."""
        groups = self._current()
        found = self._aggregated.get((path, version))
        if found is None:
            chosen = {name: versions for name, versions in groups.items() if (not name) == (path == "/api")}
            body = orjson.dumps(aggregated(chosen, version))
            found = body, f'"{hashlib.sha512(body).hexdigest().upper()}"'
            self._aggregated[path, version] = found
        return found

    def document(self, path: str) -> bytes | None:
        """The older document at a path such as `/apis/apps/v1`; None where there is none."""
        groups = self._current()
        body = self._documents.get(path)
        if body is None:
            found = self._find(groups, path)
            if found is None:
                return None
            body = self._documents[path] = orjson.dumps(found)
        return body

    def _current(self) -> dict[str, dict[str, list[Resource]]]:
        if self._generation != self._resources.generation:
            self._generation = self._resources.generation
            self._groups = groups_of(self._resources)
            self._aggregated.clear()
            self._documents.clear()
        return self._groups

    def _find(self, groups: dict[str, dict[str, list[Resource]]], path: str) -> Obj | None:
        match path.strip("/").split("/"):
            case ["api"]:
                return api_versions(self._address)
            case ["apis"]:
                return group_list(groups)
            case ["apis", group] if group in groups:
                return group_document(group, groups[group])
            case ["api", version] if version in groups.get("", {}):
                return resource_list(groups[""][version], self._resources)
            case ["apis", group, version] if group and version in groups.get(group, {}):
                return resource_list(groups[group][version], self._resources)
        return None
