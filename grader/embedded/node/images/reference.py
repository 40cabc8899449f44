"""Image references: parsing and the long form that containerd uses.

Grammar and rules of the reference library of the distribution project: a first part with a dot, a colon or
`localhost` is a registry; Docker Hub and its `library/` are implied.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DOMAIN = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?:(?P<domain>{_DOMAIN}(?:\.{_DOMAIN})*(?::[0-9]+)?)/)?(?P<path>{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?",
    re.ASCII,
)
_MAX_NAME = 255


class InvalidReferenceError(ValueError):
    """A text that names no image; the message is the reference library's."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An image's name taken apart. `tag` is `latest` when neither tag nor digest was given."""

    domain: str
    path: str
    tag: str
    digest: str

    @property
    def repository(self) -> str:
        """Such as `docker.io/library/nginx`."""
        return f"{self.domain}/{self.path}"

    def __str__(self) -> str:
        """The long form. As in containerd, a digest makes the tag superfluous in lookups but not in the text."""
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"


def parse_reference(text: str) -> Reference:
    """Take a reference apart. Raises InvalidReferenceError."""
    if re.fullmatch(r"[0-9a-f]{64}", text):
        raise InvalidReferenceError(f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings")
    first, slash, _ = text.partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost" or first != first.lower())
    full = text if named else f"docker.io/{text}"
    match = _REFERENCE.fullmatch(full)
    if match is None or not match["domain"]:
        name = re.split(r"[:@]", text.rpartition("/")[2])[0]
        if name.lower() != name or (
            slash and text.partition("/")[2].lower() != text.partition("/")[2] and "@" not in text
        ):
            lowered = _REFERENCE.fullmatch(full.lower())
            if lowered is not None:
                raise InvalidReferenceError(
                    f"invalid reference format: repository name ({_name_of(full, named)}) must be lowercase"
                )
        raise InvalidReferenceError("invalid reference format")
    domain, path = match["domain"], match["path"]
    if domain in ("docker.io", "index.docker.io"):
        domain = "docker.io"
        if "/" not in path:
            path = f"library/{path}"
    if len(path) + len(domain) + 1 > _MAX_NAME:
        raise InvalidReferenceError("repository name must not be more than 255 characters")
    digest = match["digest"] or ""
    return Reference(domain, path, match["tag"] or ("" if digest else "latest"), digest)


def _name_of(full: str, named: object) -> str:
    """The repository name that the library's message quotes: without the registry, with Docker Hub's `library/`."""
    path = full.partition("/")[2]
    head, slash, last = path.rpartition("/")
    path = head + slash + re.split(r"[:@]", last)[0]
    return path if named or "/" in path else f"library/{path}"
