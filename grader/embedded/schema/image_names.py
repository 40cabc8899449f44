"""The parts of an image's name, as container engines read it (distribution.github.io, "Reference" grammar)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_DOMAIN_PART = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_DOMAIN_PART}(?:\.{_DOMAIN_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_PATH_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(
    rf"(?:(?P<domain>{_DOMAIN})/)?(?P<path>{_PATH_PART}(?:/{_PATH_PART})*)"
    r"(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?",
    re.ASCII,
)
_is_an_id = re.compile("[0-9a-f]{64}").fullmatch
_LONGEST_PATH = 255
_LONGEST = 2 * _LONGEST_PATH + 128 + 256


class ImageName(NamedTuple):
    """Where an image is and which one it is. `domain` is empty for an image of Docker Hub."""

    domain: str
    path: str
    tag: str
    digest: str


@lru_cache(maxsize=512)
def parse_image(image: str) -> ImageName | None:
    """The parts of an image's name; None when it is none. Without tag and digest, the tag is `latest`."""
    match = _NAME.fullmatch(image) if len(image) <= _LONGEST else None
    if match is None:
        return None
    domain, tag, digest = match["domain"] or "", match["tag"] or "", match["digest"] or ""
    path = match["path"]
    if domain and not any(sign in domain for sign in ".:") and domain != "localhost" and domain == domain.lower():
        domain, path = "", f"{domain}/{path}"
        if not re.fullmatch(rf"{_PATH_PART}(?:/{_PATH_PART})*", path):
            return None
    full = path if domain or "/" in path else f"library/{path}"
    if len(full) > _LONGEST_PATH or _is_an_id(image):
        return None
    if not tag and not digest:
        tag = "latest"
    return ImageName(domain, path, tag, digest)
