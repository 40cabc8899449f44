"""The image catalogue: every image that can be pulled.

Built-in files are found by the repository's name and read when it is first asked for; YAML is imported only
then. Images given at start (a lab's own) come before them.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from grader.embedded.node.images.image import Image
from grader.embedded.node.images.loading import CatalogueError, load_images
from grader.embedded.node.images.reference import Reference, parse_reference

_MAX_FILE = 1024 * 1024


class ImageCatalogue:
    """Images by repository and tag."""

    def __init__(self, images: Iterable[Image] = (), *, folder: Traversable | None = None) -> None:
        self._folder = folder
        self._images: dict[str, list[Image]] = {}
        self._loaded: set[str] = set()
        for image in images:
            self.add(image)

    @classmethod
    def builtin(cls, extra: Iterable[Path] = ()) -> ImageCatalogue:
        """The images that come with the cluster, and those of further files. Raises CatalogueError."""
        catalogue = cls(folder=files("grader.embedded.node.images").joinpath("data"))
        for path in extra:
            catalogue.add_file(path)
        return catalogue

    def add(self, image: Image) -> None:
        """Make an image known; it comes before others of the same name."""
        self._images.setdefault(image.repository, []).insert(0, image)

    def add_file(self, path: Path) -> None:
        """Make the images of a file known. Raises CatalogueError."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CatalogueError(f"{path}: {error.strerror}: name a readable image catalogue file") from None
        for image in reversed(_parse(data, path.name)):
            self.add(image)

    def find(self, reference: Reference) -> Image | None:
        """The image of a reference: by digest where it has one, else by tag."""
        self._load(reference.repository)
        for image in self._images.get(reference.repository, ()):
            if image.digest == reference.digest if reference.digest else reference.tag in image.tags:
                return image
        return None

    def knows(self, repository: str) -> bool:
        """Whether there is such a repository at all."""
        self._load(repository)
        return repository in self._images

    def get(self, text: str) -> Image | None:
        """The image of a reference in any form. Raises InvalidReferenceError."""
        return self.find(parse_reference(text))

    def repositories(self) -> list[str]:
        """Every repository; reads all files."""
        if self._folder is not None:
            for entry in self._folder.iterdir():
                if entry.name.endswith(".yaml"):
                    self._read(entry)
        return sorted(self._images)

    def _load(self, repository: str) -> None:
        if self._folder is None or repository in self._loaded:
            return
        self._loaded.add(repository)
        entry = self._folder.joinpath(file_name(repository))
        if entry.is_file():
            self._read(entry)

    def _read(self, entry: Traversable) -> None:
        images = _parse(entry.read_bytes(), entry.name)
        self._loaded.update(image.repository for image in images)
        known = {(image.repository, image.digest) for group in self._images.values() for image in group}
        for image in images:
            if (image.repository, image.digest) not in known:
                self._images.setdefault(image.repository, []).append(image)


def file_name(repository: str) -> str:
    """A repository's file: nginx.yaml for docker.io/library/nginx, registry.k8s.io.pause.yaml for a registry's own."""
    short = repository.removeprefix("docker.io/").removeprefix("library/")
    return short.replace("/", ".").replace(":", "_") + ".yaml"


def _parse(data: bytes, origin: str) -> list[Image]:
    import yaml

    if len(data) > _MAX_FILE:
        raise CatalogueError(f"{origin}: larger than {_MAX_FILE} bytes: split it by repository")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = [document for document in yaml.load_all(data, Loader=loader) if document is not None]
    except yaml.YAMLError as error:
        raise CatalogueError(f"{origin}: not YAML: {error}") from None
    return [image for document in documents for image in load_images(document, origin)]
