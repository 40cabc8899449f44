"""Downward API: a pod's own fields and its containers' resources, as variables and files.

k8s.io/docs/concepts/workloads/pods/downward-api lists what can be asked for where.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from grader.embedded.node.amounts import amount
from grader.embedded.objects import Obj
from grader.embedded.quantity import parse_quantity

_SUBSCRIPT = re.compile(r"^metadata\.(labels|annotations)\['(.*)'\]$")


class FieldError(Exception):
    """A field or resource that cannot be given; the text is the kubelet's."""


def field_of(pod: Obj, path: str) -> str | None:
    """The value of a field path of metadata and spec, or None when it is another's to know (addresses, node)."""
    meta, spec = pod["metadata"], pod["spec"]
    simple = {
        "metadata.name": meta["name"],
        "metadata.namespace": meta.get("namespace", ""),
        "metadata.uid": meta.get("uid", ""),
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
    }.get(path)
    if simple is not None:
        return str(simple)
    if path in ("metadata.labels", "metadata.annotations"):
        return format_map(meta.get(path.removeprefix("metadata.")) or {})
    match = _SUBSCRIPT.match(path)
    if match:
        return str((meta.get(match.group(1)) or {}).get(match.group(2), ""))
    return None


def format_map(values: Mapping[str, str]) -> str:
    """Labels or annotations as a downward API file shows them: sorted `key="value"` lines."""
    return "\n".join(f"{key}={_quoted(value)}" for key, value in sorted(values.items()))


_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t", '"': r"\"", "\\": "\\\\"}


def _quoted(text: str) -> str:
    """A string as Go's %q verb prints it."""
    parts = []
    for letter in text:
        if letter in _ESCAPES:
            parts.append(_ESCAPES[letter])
        elif letter.isprintable():
            parts.append(letter)
        else:
            code = ord(letter)
            parts.append(f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return '"' + "".join(parts) + '"'


def resource_of(reference: Obj, container: Obj, allocatable: Mapping[str, str]) -> str:
    """The value of a resourceFieldRef. Limits that are not set are the node's allocatable amount.

    Raises FieldError for a resource the downward API does not have.
    """
    part, _, name = reference["resource"].partition(".")
    known = name in ("cpu", "memory", "ephemeral-storage") or name.startswith("hugepages-")
    if part not in ("limits", "requests") or not known:
        raise FieldError(f"unsupported container resource : {reference['resource']}")
    resources = container.get("resources") or {}
    quantity = (resources.get(part) or {}).get(name)
    if quantity is None and part == "limits":
        quantity = allocatable.get(name)
    if quantity is None:
        quantity = "0"
    divisor = Fraction(parse_quantity(str(reference.get("divisor") or "1"))) or Fraction(1)
    if name == "cpu":
        value = Fraction(amount("cpu", quantity), 1000)
        return str(ceil(value / divisor))
    return str(ceil(Fraction(parse_quantity(str(quantity))) / divisor))


def container_named(pod: Obj, name: str) -> Obj | None:
    """A container of a pod's spec, whichever list it is in."""
    spec = pod["spec"]
    for part in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(part) or ():
            if container["name"] == name:
                found: Obj = container
                return found
    return None
