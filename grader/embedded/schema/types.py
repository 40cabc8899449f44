"""What the fields of each kind are: types, lists and maps, merge keys, and what Go's JSON makes of them.

The tables of built-in kinds are data, derived from Kubernetes' own documents and types by
`tools/derive_schema.py`; those of custom resources are made from their OpenAPI v3 schema at run time. One
table serves decoding, patches, field ownership and pruning.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

import orjson

_POINTER, _OMIT_EMPTY, _OMIT_ZERO, _REQUIRED = 1, 2, 4, 8

STRUCT, MAP, LIST, ANY = "struct", "map", "list", "any"
SCALARS = frozenset(
    {"string", "bool", "int32", "int64", "float64", "bytes", "quantity", "time", "micro-time", "duration"}
    | {"int-or-string"}
)
_GO_TEXT = {"bytes": "[]uint8"}
SCHEMA_VARIANTS = frozenset({"schema-or-list", "schema-or-bool", "schema-or-strings"})


class TypeInfo:
    """A type. Two of one table that mean the same are the same object.

    `kind` is one of `STRUCT`, `MAP`, `LIST`, `ANY` (whatever JSON), `SCALARS` or `SCHEMA_VARIANTS` (the three fields
    of a JSON schema that hold a schema or something else). `text` is Go's name, such as `v1.PodSpec`, or a custom
    resource's kind. `element` is what a list or map holds. `keys` are the keys of an associative list (list type
    "map"), `is_set` marks list type "set"; any other list, and whatever is `atomic`, has one owner and is replaced
    as a whole. `is_open` structs keep fields that they do not name.
    """

    def __init__(
        self,
        kind: str,
        text: str,
        *,
        element: Callable[[], TypeInfo] | None = None,
        fields: Callable[[], dict[str, Field]] | None = None,
        atomic: bool = False,
        is_set: bool = False,
        keys: tuple[str, ...] = (),
        is_open: bool = False,
        custom: bool = False,
    ) -> None:
        self.kind = kind
        self.text = text
        self.atomic = atomic
        self.is_set = is_set
        self.keys = keys
        self.is_open = is_open
        self.custom = custom
        self.plan: Any = None  # what `decode` compiled this type into
        self._element = element
        self._fields = fields

    def __repr__(self) -> str:
        return f"TypeInfo({self.kind}, {self.text})"

    @cached_property
    def element(self) -> TypeInfo:
        """What a list or map holds; `UNTYPED` for what holds nothing or anything."""
        return self._element() if self._element is not None else UNTYPED

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The fields of a struct by their JSON name."""
        return self._fields() if self._fields is not None else {}

    @cached_property
    def always(self) -> tuple[Field, ...]:
        """Fields that Go writes even when the object does not name them."""
        return tuple(field for field in self.fields.values() if field.is_always_written)

    @property
    def name(self) -> str:
        """The type's own name: `PodSpec` of `v1.PodSpec`."""
        return self.text.rpartition(".")[2]

    @cached_property
    def key_defaults(self) -> dict[str, Any]:
        """The defaults of an associative list's keys (a port's protocol is TCP where it is not said)."""
        found = {key: self.element.fields[key].default for key in self.keys if key in self.element.fields}
        return {key: default for key, default in found.items() if default is not None}

    @classmethod
    def from_openapi(cls, schema: Mapping[str, Any], kind: str, metadata: TypeInfo) -> TypeInfo:
        """The table of a custom resource from its structural schema (`spec.versions[*].schema.openAPIV3Schema`).

        `metadata` is the type of ObjectMeta, which every custom resource has whatever its schema says.
        """
        root = _custom(schema, kind)
        text = TypeInfo("string", "string")
        for name, type_ in (("apiVersion", text), ("kind", text), ("metadata", metadata)):
            root.fields[name] = Field(name, type_)
        return root


@dataclass(slots=True, eq=False)
class Field:
    """A field of a struct, with what Go's JSON encoding makes of it.

    `embedded` is the path of embedded Go structs that error texts name between the field's owner and the field.
    """

    name: str
    type: TypeInfo
    pointer: bool = False
    omit_empty: bool = True
    omit_zero: bool = False
    required: bool = False
    embedded: str = ""
    strategies: frozenset[str] = frozenset()
    merge_key: str = ""
    default: Any = None

    @property
    def is_always_written(self) -> bool:
        """Whether the field is written when it has Go's zero value."""
        if not self.omit_empty:
            return True
        is_value = self.type.kind in (STRUCT, "time", "micro-time", "int-or-string", "quantity", "duration", ANY)
        return is_value and not self.pointer and not self.omit_zero


UNTYPED = TypeInfo(ANY, "")


class Schema:
    """The types of all built-in kinds. Nothing is built before it is asked for."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._kinds: dict[str, int] = data["kinds"]
        self._nodes: list[list[Any]] = data["nodes"]
        self._definitions: list[list[Any]] = data["definitions"]
        self._types: dict[int, TypeInfo] = {}
        self._structs: dict[tuple[int, bool], TypeInfo] = {}

    @classmethod
    def load(cls) -> Schema:
        """The tables of Kubernetes v1.36 (about 2 ms)."""
        packed = files("grader.embedded.schema").joinpath("data/types.json.gz").read_bytes()
        return cls(orjson.loads(gzip.decompress(packed)))

    def kind(self, api_version: str, kind: str) -> TypeInfo | None:
        """The type of a kind, such as `apps/v1` and `Deployment`, or None when it is not built in."""
        index = self._kinds.get(f"{api_version}/{kind}")
        return None if index is None else self._struct(index, False)

    def knows(self, api_version: str, kind: str) -> bool:
        """Whether a kind is built in, without building its type."""
        return f"{api_version}/{kind}" in self._kinds

    def kinds(self) -> Iterable[str]:
        """All built-in kinds, as `apps/v1/Deployment`."""
        return self._kinds.keys()

    @cached_property
    def object_meta(self) -> TypeInfo:
        """The type of every object's `metadata`."""
        pod = self.kind("v1", "Pod")
        assert pod is not None
        return pod.fields["metadata"].type

    def _struct(self, index: int, atomic: bool) -> TypeInfo:
        found = self._structs.get((index, atomic))
        if found is None:
            text, fields = self._definitions[index]
            found = TypeInfo(
                STRUCT, text, fields=lambda: {name: self._field(name, *parts) for name, *parts in _named(fields)},
                atomic=atomic,
            )  # fmt: skip
            self._structs[index, atomic] = found
        return found

    def _type(self, index: int) -> TypeInfo:
        found = self._types.get(index)
        if found is None:
            found = self._types[index] = self._build(*self._nodes[index])
        return found

    def _build(self, kind: str, *parts: Any) -> TypeInfo:
        if kind == STRUCT:
            return self._struct(parts[0], len(parts) > 1)
        text = parts[0] if parts else _GO_TEXT.get(kind, kind)
        if kind in (LIST, MAP):
            child, mark = parts[1], parts[2] if len(parts) > 2 else 0
            keys = tuple(mark) if isinstance(mark, list) else ()
            is_list = kind == LIST
            return TypeInfo(
                kind, text, element=lambda: self._type(child), keys=keys, is_set=is_list and mark == 1,
                atomic=(is_list and not mark) or (not is_list and bool(mark)),
            )  # fmt: skip
        if kind in SCHEMA_VARIANTS:
            return TypeInfo(kind, text, element=lambda: self._struct(parts[1], False))
        return TypeInfo(kind, text)

    def _field(self, name: str, node: int, flags: int, extras: Mapping[str, Any] | None = None) -> Field:
        extras = extras or {}
        strategies = extras.get("strategy", "")
        return Field(
            name,
            self._type(node),
            pointer=bool(flags & _POINTER),
            omit_empty=bool(flags & _OMIT_EMPTY),
            omit_zero=bool(flags & _OMIT_ZERO),
            required=bool(flags & _REQUIRED),
            embedded=extras.get("in", ""),
            strategies=frozenset(strategies.split(",")) if strategies else frozenset(),
            merge_key=extras.get("key", ""),
            default=extras.get("default"),
        )


def _named(fields: dict[str, list[Any]]) -> list[list[Any]]:
    return [[name, *parts] for name, parts in fields.items()]


def _custom(schema: Mapping[str, Any], text: str) -> TypeInfo:
    """The type of a structural schema's node (k8s.io/docs, "Custom Resources", structural schemas)."""
    if schema.get("x-kubernetes-int-or-string"):
        return TypeInfo("int-or-string", "int-or-string", custom=True)
    kind = schema.get("type")
    is_open = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    if kind == "array":
        list_type = schema.get("x-kubernetes-list-type", "atomic")
        return TypeInfo(
            LIST, "array", element=lambda: _custom(schema.get("items") or {}, text), atomic=list_type == "atomic",
            is_set=list_type == "set", keys=tuple(schema.get("x-kubernetes-list-map-keys", ())), custom=True,
        )  # fmt: skip
    if kind == "object":
        return _custom_object(schema, text, is_open)
    scalars = {"string": "string", "boolean": "bool", "integer": "int64", "number": "float64"}
    return TypeInfo(scalars[kind], kind, custom=True) if kind in scalars else TypeInfo(ANY, "", custom=True)


def _custom_object(schema: Mapping[str, Any], text: str, is_open: bool) -> TypeInfo:
    atomic = schema.get("x-kubernetes-map-type") == "atomic"
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping) and not schema.get("properties"):
        return TypeInfo(MAP, "object", element=lambda: _custom(values, text), atomic=atomic, custom=True)
    properties = dict(schema.get("properties") or {})
    if schema.get("x-kubernetes-embedded-resource"):
        for name in ("apiVersion", "kind"):
            properties.setdefault(name, {"type": "string"})
        properties.setdefault("metadata", {"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    required = frozenset(schema.get("required") or ())

    def fields() -> dict[str, Field]:
        return {
            name: Field(name, _custom(part, text), required=name in required, default=part.get("default"))
            for name, part in properties.items()
        }

    return TypeInfo(STRUCT, text, fields=fields, atomic=atomic, is_open=is_open or values is True, custom=True)
