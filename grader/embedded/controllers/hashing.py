"""The short hashes in the names of replica sets and controller revisions."""

from __future__ import annotations

import orjson

from grader.embedded.objects import Obj

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_OFFSET = 2166136261
_PRIME = 16777619
_BITS = 0xFFFFFFFF


def fnv32a(data: bytes) -> int:
    """FNV-1a with 32 bits."""
    value = _OFFSET
    for byte in data:
        value = (value ^ byte) * _PRIME & _BITS
    return value


def safe_encode(text: str) -> str:
    """Characters that make no words and are fit for names (k8s.io/apimachinery, package util/rand)."""
    return "".join(_LETTERS[ord(letter) % len(_LETTERS)] for letter in text)


def template_hash(template: Obj, collisions: int | None = None) -> str:
    """The value of `pod-template-hash` for a pod template, told apart from `collisions` earlier tries."""
    data = orjson.dumps(template, option=orjson.OPT_SORT_KEYS)
    if collisions is not None:
        data += collisions.to_bytes(4, "little")
    return safe_encode(str(fnv32a(data)))
