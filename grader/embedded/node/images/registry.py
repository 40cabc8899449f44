"""What a registry answers to a pull, in containerd's words as the kubelet shows them."""

from __future__ import annotations

import ipaddress

from grader.embedded.node.images.catalogue import ImageCatalogue
from grader.embedded.node.images.image import Image
from grader.embedded.node.images.reference import InvalidReferenceError, Reference, parse_reference
from grader.embedded.node.runtime import PullError

_DENIED = (
    "pull access denied, repository does not exist or may require authorization: "
    "server message: insufficient_scope: authorization failed"
)
_REACHABLE = ("docker.io", "registry.k8s.io", "gcr.io", "ghcr.io", "quay.io", "public.ecr.aws", "mcr.microsoft.com")


def parse_image(text: str) -> Reference:
    """The reference of a pod's image. Raises PullError as the kubelet words it (reason InvalidImageName)."""
    try:
        return parse_reference(text)
    except InvalidReferenceError as error:
        raise PullError(
            f'Failed to apply default image tag "{text}": couldn\'t parse image name "{text}": {error}', invalid=True
        ) from None


def find_image(catalogue: ImageCatalogue, reference: Reference) -> Image:
    """The image that a registry has under a reference. Raises PullError."""
    image = catalogue.find(reference)
    if image is not None:
        return image
    name = str(reference)
    if catalogue.knows(reference.repository):
        raise PullError(f"rpc error: code = NotFound desc = {_failed(name)}: {name}: not found")
    domain = reference.domain
    if domain in _REACHABLE or any(domain.endswith("." + known) for known in _REACHABLE):
        if domain in ("docker.io", "ghcr.io"):
            raise PullError(f"{_failed(name)}: {_DENIED}")
        raise PullError(f"rpc error: code = NotFound desc = {_failed(name)}: {name}: not found")
    raise PullError(f"{_failed(name)}: {_unreachable(reference)}", transient=True)


def _failed(name: str) -> str:
    return f'failed to pull and unpack image "{name}": failed to resolve reference "{name}"'


def _unreachable(reference: Reference) -> str:
    """A registry that nobody runs: refused on this host, an unknown name, or silence elsewhere."""
    host, _, port = reference.domain.partition(":")
    local = host == "localhost" or host.startswith("127.")
    scheme = "http" if local else "https"
    url = f"{scheme}://{reference.domain}/v2/{reference.path}/manifests/{reference.digest or reference.tag}"
    number = port or ("80" if scheme == "http" else "443")
    if local:
        address = "[::1]" if host == "localhost" else host
        why = f"dial tcp {address}:{number}: connect: connection refused"
    elif _is_address(host):
        why = f"dial tcp {host}:{number}: i/o timeout"
    else:
        why = f"dial tcp: lookup {host}: no such host"
    return f'failed to do request: Head "{url}": {why}'


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
