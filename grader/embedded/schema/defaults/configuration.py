"""Defaults of Secrets. ConfigMaps have none."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

from grader.embedded.objects import Obj


def default_secret(secret: Obj) -> None:
    """The type, and the write-only `stringData` moved into `data`, over which it wins."""
    if not secret.get("type"):
        secret["type"] = "Opaque"
    texts = secret.pop("stringData", None)
    if texts:
        data = secret.get("data") or {}
        data.update({key: b64encode(text.encode("utf-8", "surrogatepass")).decode() for key, text in texts.items()})
        secret["data"] = data


DEFAULTS: dict[str, Callable[[Obj], None]] = {"secrets": default_secret}
