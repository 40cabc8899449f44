"""Generated names."""

from __future__ import annotations

import random

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_LENGTH = 5
_LONGEST_BASE = 63 - _LENGTH


def random_suffix() -> str:
    """Five letters and digits that make no words (k8s.io/apimachinery, package util/rand)."""
    return "".join(random.choices(_LETTERS, k=_LENGTH))


def generated(base: str) -> str:
    """The name that `generateName: base` becomes (k8s.io/apiserver, package storage/names)."""
    return base[:_LONGEST_BASE] + random_suffix()
