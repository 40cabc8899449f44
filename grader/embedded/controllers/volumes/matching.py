"""Which volume fits a claim. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from grader.embedded.controllers.selection import matcher
from grader.embedded.objects import Obj, is_terminating, labels_of
from grader.embedded.quantity import parse_quantity

CLAIMS = "persistentvolumeclaims"
VOLUMES = "persistentvolumes"


def class_of(obj: Obj) -> str:
    """The storage class of a claim or a volume; empty for none."""
    name: str = obj["spec"].get("storageClassName") or ""
    return name


def is_for(volume: Obj, claim: Obj) -> bool:
    """Whether a volume is reserved for, or bound to, just this claim."""
    reference = volume["spec"].get("claimRef")
    meta = claim["metadata"]
    return (
        bool(reference)
        and (reference.get("namespace"), reference.get("name")) == (meta["namespace"], meta["name"])
        and reference.get("uid") in (None, "", meta["uid"])
    )


def fits(volume: Obj, claim: Obj) -> bool:
    """Whether a free volume can serve a claim: class, modes, size, labels."""
    spec, wanted = volume["spec"], claim["spec"]
    if is_terminating(volume) or class_of(volume) != class_of(claim):
        return False
    if (spec.get("volumeMode") or "Filesystem") != (wanted.get("volumeMode") or "Filesystem"):
        return False
    if not set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ()):
        return False
    if wanted.get("selector") is not None and not matcher(wanted["selector"])(labels_of(volume)):
        return False
    return capacity_of(volume) >= parse_quantity(requested(claim))


def capacity_of(volume: Obj) -> Fraction:
    """A volume's size, comparable with others."""
    return parse_quantity((volume["spec"].get("capacity") or {}).get("storage", "0"))


def requested(claim: Obj) -> str:
    """The size a claim asks for."""
    text: str = (claim["spec"].get("resources") or {}).get("requests", {}).get("storage", "0")
    return text


def best(volumes: Iterable[Obj], claim: Obj) -> Obj | None:
    """The volume for a claim: the one reserved for it, else the smallest free one that fits."""
    candidates = []
    for volume in volumes:
        if is_for(volume, claim):
            return volume
        if not volume["spec"].get("claimRef") and volume.get("status", {}).get("phase") != "Released":
            candidates.append(volume)
    fitting = [volume for volume in candidates if fits(volume, claim)]
    return min(fitting, key=lambda v: (capacity_of(v), v["metadata"]["name"]), default=None)


def claim_reference(claim: Obj) -> Obj:
    """The reference by which a volume names its claim."""
    meta = claim["metadata"]
    return {
        "kind": "PersistentVolumeClaim",
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
        "apiVersion": "v1",
        "resourceVersion": meta["resourceVersion"],
    }
