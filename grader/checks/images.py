"""Image references: taken apart, completed as container engines do, and compared.

The distribution project's reference grammar: the default registry is docker.io, there the default folder is library/,
and the default tag is latest.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """An image reference in full. `tag` is empty when it names a digest only."""

    registry: str
    repository: str
    tag: str
    digest: str

    def same(self, other: Reference) -> bool:
        """Whether both mean the same image; a digest decides where both have one."""
        if (self.registry, self.repository) != (other.registry, other.repository):
            return False
        if self.digest and other.digest:
            return self.digest == other.digest
        return self.tag == other.tag and self.digest == other.digest


def parse(image: str) -> Reference:
    """A reference as written, completed: `nginx` is docker.io/library/nginx:latest."""
    name, _, digest = image.partition("@")
    head, slash, rest = name.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        registry, name = head, rest
    else:
        registry = "docker.io"
    if registry in ("index.docker.io", "registry-1.docker.io"):
        registry = "docker.io"
    repository, colon, tag = name.rpartition(":")
    if not colon:
        repository, tag = name, "" if digest else "latest"
    if registry == "docker.io" and "/" not in repository:
        repository = f"library/{repository}"
    return Reference(registry, repository, tag, digest)


def same(one: str, other: str) -> bool:
    """Whether two references mean the same image."""
    return parse(one).same(parse(other))


def digest_of(image_id: str) -> str:
    """The digest in a status' imageID (`docker.io/library/nginx@sha256:…` or `sha256:…`); empty when it has none."""
    at = image_id.rfind("sha256:")
    return image_id[at:] if at >= 0 else ""


def shown(image: str) -> str:
    """A reference as people write it: without Docker Hub's prefixes."""
    return image.removeprefix("docker.io/").removeprefix("library/")
