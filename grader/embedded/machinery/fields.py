"""Field selectors: `status.phase=Running,metadata.name!=a`.

k8s.io/docs/concepts/overview/working-with-objects/field-selectors. Which fields a kind's objects can be
selected by is a table, as in the API server; all others are refused with its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import orjson

from grader.embedded.machinery.labels import SelectorError
from grader.embedded.objects import Obj

Getter = Callable[[Obj], str]
_NAME, _NAMESPACE = "metadata.name", "metadata.namespace"
_SIGNS = ("!=", "==", "=")


class FieldSelector:
    """Terms that must all hold."""

    __slots__ = ("_terms",)

    def __init__(self, terms: Iterable[tuple[Getter, str, bool]] = ()) -> None:
        """A term is how to get the field, the value it is compared with, and whether it must be equal."""
        self._terms = tuple(terms)

    @property
    def everything(self) -> bool:
        return not self._terms

    def matches(self, obj: Obj) -> bool:
        return all((get(obj) == value) is equal for get, value, equal in self._terms)


@lru_cache(maxsize=1024)
def parse(resource: str, text: str, custom: tuple[str, ...] | None = None) -> FieldSelector:
    """The field selector of a text for objects of a resource such as `pods`.

    `custom` are the selectable fields of a custom resource (`.spec.color`); None for a built-in kind. Raises
    SelectorError.
    """
    getters = _GETTERS.get(resource, _COMMON) if custom is None else {**_COMMON, **_getters(custom)}
    terms = []
    for part in sorted(_split(text)):
        if not part:
            continue
        field, sign, value = _term(part, text)
        value = _unescaped(value)
        get = getters.get(field)
        if get is None:
            raise SelectorError(_unsupported(resource, field, custom is not None))
        terms.append((get, value, sign != "!="))
    return FieldSelector(terms)


def _split(text: str) -> list[str]:
    """The terms between commas; a backslash keeps the character behind it from separating."""
    parts, start, at = [], 0, 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == ",":
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def _term(part: str, text: str) -> tuple[str, str, str]:
    for at in range(len(part)):
        for sign in _SIGNS:
            if part.startswith(sign, at):
                return part[:at], sign, part[at + len(sign) :]
    raise SelectorError(f"invalid selector: '{text}'; can't understand '{part}'")


def _unescaped(value: str) -> str:
    out, escaped = "", False
    for sign in value:
        if escaped:
            if sign not in "\\,=":
                raise SelectorError(f"invalid field selector: invalid escape sequence: \\{sign}")
            out, escaped = out + sign, False
        elif sign == "\\":
            escaped = True
        elif sign in ",=":
            raise SelectorError(f"invalid field selector: unescaped character in value: {ord(sign)}")
        else:
            out += sign
    if escaped:
        raise SelectorError("invalid field selector: invalid escape sequence: \\")
    return out


def _unsupported(resource: str, field: str, custom: bool) -> str:
    shown = orjson.dumps(field).decode()
    if resource == "jobs.batch":
        return f"field label {shown} not supported for Job"
    if custom or resource in _OWN_WORDS:
        return f"field label not supported: {field}"
    return f'{shown} is not a known field selector: only "{_NAME}", "{_NAMESPACE}"'


def _at(path: str, absent: str = "") -> Getter:
    """Get the text of a field; `absent` is that of one without a value."""
    keys = path.split(".")

    def get(obj: Obj) -> str:
        value: Any = obj
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return absent if value is None else value if isinstance(value, str) else _text(value)

    return get


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _first(*paths: str) -> Getter:
    """The first of some fields that is not empty."""
    getters = [_at(path) for path in paths]
    return lambda obj: next((value for get in getters if (value := get(obj))), "")


def _getters(paths: Iterable[str]) -> dict[str, Getter]:
    return {path.lstrip("."): _at(path.lstrip(".")) for path in paths}


_REFERENCE = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_COMMON = _getters((_NAME, _NAMESPACE))
_EVENT = _getters(("reason", "type"))

# Objects of events.k8s.io are kept as core ones: its names are only other words for the same fields.
_GETTERS: dict[str, dict[str, Getter]] = {
    "pods": _COMMON
    | _getters(("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName"))
    | _getters(("status.phase", "status.podIP", "status.nominatedNodeName"))
    | {"spec.host": _at("spec.nodeName"), "spec.hostNetwork": _at("spec.hostNetwork", "false")},
    "events": _COMMON
    | _EVENT
    | _getters(f"involvedObject.{part}" for part in _REFERENCE)
    | {"source": _first("source.component", "reportingComponent"), "reportingComponent": _at("reportingComponent")},
    "events.events.k8s.io": _COMMON
    | _EVENT
    | {f"regarding.{part}": _at(f"involvedObject.{part}") for part in _REFERENCE}
    | {"reportingController": _at("reportingComponent")},
    "secrets": _COMMON | _getters(("type",)),
    "services": _COMMON | _getters(("spec.clusterIP", "spec.type")),
    "namespaces": _getters((_NAME, "status.phase")),
    "nodes": _getters((_NAME,)) | {"spec.unschedulable": _at("spec.unschedulable", "false")},
    "replicationcontrollers": _COMMON | {"status.replicas": _at("status.replicas", "0")},
    "replicasets.apps": _COMMON | {"status.replicas": _at("status.replicas", "0")},
    "jobs.batch": _COMMON | {"status.successful": _at("status.succeeded", "0")},
    "certificatesigningrequests.certificates.k8s.io": _getters((_NAME, "spec.signerName")),
    "resourceslices.resource.k8s.io": _getters((_NAME, "spec.nodeName", "spec.driver")),
}
_OWN_WORDS = frozenset(_GETTERS) - {"replicasets.apps", "jobs.batch"}
