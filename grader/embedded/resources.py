"""What the cluster serves: one `Resource` for each kind and version, and the table that finds them.

The records of built-in kinds are data (`data/resources.json.gz`, derived from a real server's discovery);
custom resource definitions add and remove records while the cluster runs.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Subresource:
    """A path below an object, such as `scale`, with the kind that is exchanged there."""

    name: str
    kind: str
    group: str
    version: str
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind in one version, as discovery describes it.

    `key` is its group-resource, such as `deployments.apps` or `pods`: what the store, the controllers and
    every table of per-kind rules name it by. Versions of one kind share it.
    """

    group: str
    version: str
    plural: str
    singular: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...]
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[Subresource, ...] = ()
    custom: bool = False
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.plural}.{self.group}" if self.group else self.plural)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def subresource(self, name: str) -> Subresource | None:
        return next((sub for sub in self.subresources if sub.name == name), None)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Resource:
        """A resource from its record in the data file."""
        return cls(
            group=record["group"],
            version=record["version"],
            plural=record["plural"],
            singular=record["singular"],
            kind=record["kind"],
            namespaced=record["namespaced"],
            verbs=tuple(record["verbs"]),
            short_names=tuple(record.get("shortNames", ())),
            categories=tuple(record.get("categories", ())),
            subresources=tuple(
                Subresource(s["name"], s["kind"], s["group"], s["version"], tuple(s["verbs"]))
                for s in record.get("subresources", ())
            ),
        )


class Resources:
    """All resources the cluster serves now. `generation` grows with every change (discovery is cached by it)."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._by_path: dict[tuple[str, str, str], Resource] = {}
        self._by_kind: dict[tuple[str, str], Resource] = {}
        self._by_key: dict[str, Resource] = {}
        self.generation = 0
        for resource in resources:
            self.add(resource)

    @classmethod
    def builtin(cls) -> Resources:
        """The kinds of Kubernetes v1.36 that are served without any definition."""
        packed = files("grader.embedded").joinpath("data/resources.json.gz").read_bytes()
        return cls(Resource.from_record(record) for record in orjson.loads(gzip.decompress(packed)))

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_path.values())

    def add(self, resource: Resource) -> None:
        """Serve a resource. The first version of a key is its storage version unless a custom one replaces it."""
        self._by_path[resource.group, resource.version, resource.plural] = resource
        self._by_kind[resource.api_version, resource.kind] = resource
        self._by_key.setdefault(resource.key, resource)
        self.generation += 1

    def remove(self, resource: Resource) -> None:
        """Stop serving a resource's version."""
        self._by_path.pop((resource.group, resource.version, resource.plural), None)
        self._by_kind.pop((resource.api_version, resource.kind), None)
        if self._by_key.get(resource.key) is resource:
            del self._by_key[resource.key]
            for other in self._by_path.values():
                if other.key == resource.key:
                    self._by_key[resource.key] = other
                    break
        self.generation += 1

    def at(self, group: str, version: str, plural: str) -> Resource | None:
        """The resource served at `/apis/{group}/{version}/{plural}` (group empty: `/api/v1/{plural}`)."""
        return self._by_path.get((group, version, plural))

    def of_kind(self, api_version: str, kind: str) -> Resource | None:
        return self._by_kind.get((api_version, kind))

    def named(self, key: str) -> Resource:
        """The storage version of a group-resource. KeyError when it is not served."""
        return self._by_key[key]

    def serves(self, key: str) -> bool:
        return key in self._by_key

    def groups(self) -> dict[str, list[str]]:
        """Group to its versions, in the order they were added."""
        found: dict[str, list[str]] = {}
        for resource in self._by_path.values():
            versions = found.setdefault(resource.group, [])
            if resource.version not in versions:
                versions.append(resource.version)
        return found
