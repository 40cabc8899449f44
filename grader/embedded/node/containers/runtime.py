"""The container runtime: which images a node has, pulls, and new containers. Implements `runtime.Runtime`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grader.embedded.node.containers.container import SimulatedContainer
from grader.embedded.node.containers.volumes import FileVolume
from grader.embedded.node.images.catalogue import ImageCatalogue
from grader.embedded.node.images.image import Image
from grader.embedded.node.images.registry import find_image, parse_image
from grader.embedded.node.runtime import ContainerConfig, ImageInfo, PulledImage, PullError, StartError

if TYPE_CHECKING:
    from grader.embedded.clock import Clock
    from grader.embedded.network.network import Network

_CHECK_SECONDS = 0.4
"""How long it takes to ask a registry about an image that is there already, or does not exist."""


class SimulatedRuntime:
    """Containers and images of all nodes. `pull_scale` stretches pull times; 0 makes pulls immediate."""

    def __init__(self, images: ImageCatalogue, network: Network, clock: Clock, *, pull_scale: float = 1.0) -> None:
        self.catalogue = images
        self._network = network
        self._clock = clock
        self._scale = pull_scale
        self._present: dict[str, dict[str, tuple[Image, ImageInfo]]] = {}
        self._references: dict[str, str] = {}

    async def pull(self, image: str, policy_present: bool, node: str = "") -> PulledImage:
        """Fetch an image; with `policy_present` only when the node has none of that name. Raises PullError."""
        reference = parse_image(image)
        known = self._held(image, node)
        if known is not None and policy_present:
            return PulledImage(known[1], False, 0.0, 0.0)
        try:
            found = find_image(self.catalogue, reference)
        except PullError:
            await self._clock.sleep(_CHECK_SECONDS * self._scale)
            raise
        layers_there = any(held.digest == found.digest for held, _ in self._present.get(node, {}).values())
        seconds = (_CHECK_SECONDS if layers_there else found.pull_seconds) * self._scale
        if seconds:
            await self._clock.sleep(seconds)
        info = self._keep(image, str(reference), found, node)
        return PulledImage(info, True, seconds, seconds)

    def load(self, image: str, node: str = "") -> ImageInfo:
        """Have an image on a node without a pull, as a side-loaded one. Raises PullError."""
        reference = parse_image(image)
        return self._keep(image, str(reference), find_image(self.catalogue, reference), node)

    def present(self, image: str, node: str = "") -> ImageInfo | None:
        """The image as the node has it, or None. Raises PullError for a reference that cannot be parsed."""
        known = self._held(image, node)
        return known[1] if known else None

    def images(self, node: str = "") -> list[tuple[list[str], int]]:
        """(names, bytes) of the node's images, largest first."""
        by_id: dict[str, tuple[list[str], int]] = {}
        for name, (_, info) in self._present.get(node, {}).items():
            names, _ = by_id.setdefault(info.image_id, ([info.image_id], info.size))
            if "@" not in name:
                names.append(name)
        return sorted(by_id.values(), key=lambda entry: (-entry[1], entry[0]))

    def volume(self, files: Mapping[str, bytes] | None = None, *, in_memory: bool = False) -> FileVolume:
        """A new volume."""
        return FileVolume(files, in_memory=in_memory)

    def create(self, config: ContainerConfig) -> SimulatedContainer:
        """A container of an image that the node has. Raises StartError when it has not."""
        known = self._held(config.image, config.node)
        if known is None:
            raise StartError(f'failed to get image "{config.image}": not found', 128, "CreateContainerError")
        return SimulatedContainer(config, known[0], known[1], self._network, self._clock)

    def _held(self, image: str, node: str) -> tuple[Image, ImageInfo] | None:
        name = self._references.get(image)
        if name is None:
            name = self._references[image] = str(parse_image(image))
        return self._present.get(node, {}).get(name)

    def _keep(self, image: str, name: str, found: Image, node: str) -> ImageInfo:
        user, _, _ = found.user.partition(":")
        number = int(user) if user.isdigit() else None if user else 0
        info = ImageInfo(
            name, f"{found.repository}@{found.digest}", found.size, number, "" if number is not None else user
        )
        self._references[image] = name
        self._present.setdefault(node, {})[name] = (found, info)
        return info
