"""What a container sees as its files: the image's own, those the kubelet writes, and mounted volumes over them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, overload

from grader.embedded.node.containers.volumes import Entry, FileVolume, clean, empty_system, make_folder
from grader.embedded.node.images.image import Image
from grader.embedded.node.images.tools import BASES
from grader.embedded.node.runtime import ContainerConfig, Mount

if TYPE_CHECKING:
    from bashkit import FileSystem

_PASSWD = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
_GROUP = "root:x:0:\nnogroup:x:65534:\n"
TOOL_FOLDERS = ("/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin")


class ContainerFiles:
    """A container's root and mounts. Nothing is built before it is asked for."""

    __slots__ = ("_config", "_image", "_mounted", "_root")

    def __init__(self, image: Image, config: ContainerConfig) -> None:
        self._image = image
        self._config = config
        self._root: FileVolume | None = None
        self._mounted: list[tuple[str, FileVolume, bool]] | None = None

    def read(self, path: str) -> bytes | None:
        """A file's content; None when there is no such file."""
        volume, inner, _ = self._at(path, make=False)
        return self._unmade(inner) if volume is None else volume.read(inner)

    def untouched(self, folder: str) -> bool:
        """Whether a folder is surely as the image has it, so that what was made of it for another container holds."""
        inside = folder.rstrip("/") + "/"
        own = [mount.path.rstrip("/") + "/" for mount in self._config.mounts]
        return self._root is None and not any(path.startswith(inside) or inside.startswith(path) for path in own)

    def _unmade(self, path: str) -> bytes | None:
        """A file of the root while there is none yet."""
        name = "/" + clean(path)
        for mount in self._config.mounts:
            if mount.path == name and mount.sub_path:
                return mount.volume.read(mount.sub_path)
        own = self._config.files.get(name)
        return own if own is not None else _image_files(self._image).get(name)

    def write(self, path: str, content: bytes) -> None:
        """Write a file. Raises OSError, for a read-only place with the kernel's words."""
        volume, inner, read_only = self._at(path)
        if read_only:
            raise OSError(30, "Read-only file system", path)
        volume.write(inner, content)

    def written(self, path: str) -> bytes | None:
        """A file that somebody wrote since the start: None, at no cost, while nobody wrote anything at all."""
        volume, inner, _ = self._at(path, make=False)
        return None if volume is None else volume.read(inner)

    def make_folder(self, path: str) -> None:
        """Make a folder. Raises OSError in a read-only place."""
        volume, inner, read_only = self._at(path)
        if read_only:
            raise OSError(30, "Read-only file system", path)
        volume.add_folder(inner)

    def mount_points(self) -> list[tuple[str, bool]]:
        """Path of each mounted folder, and whether it is in memory."""
        return [(place, volume.in_memory) for place, volume, _ in reversed(self._mounts())]

    def executable(self, path: str) -> bool:
        """Whether a file may be run."""
        volume, inner, _ = self._at(path)
        return bool(volume.mode(inner) & 0o111)

    def entry(self, path: str) -> Entry | None:
        """What is at a path, symbolic links not followed; None when there is nothing."""
        volume, inner, _ = self._at(path)
        found = volume.entry(inner)
        return found or (Entry("directory") if self.is_folder(path) else None)

    def is_folder(self, path: str) -> bool:
        volume, inner, _ = self._at(path)
        return volume.is_folder(inner) or any(place.startswith(f"/{clean(path)}/") for place, _, _ in self._mounts())

    def listing(self, path: str) -> list[str]:
        """The names in a folder, mount points included."""
        volume, inner, _ = self._at(path)
        below = "/" + clean(path)
        below = below if below.endswith("/") else below + "/"
        points = {place[len(below) :].split("/")[0] for place, _, _ in self._mounts() if place.startswith(below)}
        return sorted({*volume.listing(inner), *points} - {""})

    def systems(self) -> list[tuple[str, FileSystem, bool]]:
        """What a shell mounts, in order: path, file system, whether it is read-only."""
        root = self.root().system()
        found = [("/", root, self._config.read_only_root)]
        tools = _tool_system(self._image.tools, self._image.extra_tools, self._image.missing_tools)
        if BASES[self._image.tools].shell:
            make_folder(root, "/bin")
            found.append(("/bin", tools, True))
        for place, volume, read_only in sorted(self._mounts(), key=lambda mount: len(mount[0])):
            if not self._config.read_only_root or not root.exists(place):
                make_folder(root, place)
            found += [(at, system, read_only) for at, system in volume.mounts(place)]
        return found

    def root(self) -> FileVolume:
        """The container's own layer over its image."""
        if self._root is None:
            self._root = FileVolume(self._base_files(), folders=_folders(self._image), modes=self._modes())
        return self._root

    def _base_files(self) -> dict[str, bytes]:
        files = {**_image_files(self._image), **self._config.files}
        for mount in self._config.mounts:
            data = _single_file(mount)
            if data is not None:
                files[mount.path] = data
        return files

    def _modes(self) -> dict[str, int]:
        return {path: 0o755 for path, text in self._image.files.items() if text.startswith("#!")}

    def _mounts(self) -> list[tuple[str, FileVolume, bool]]:
        """Mounted folders, deepest first. A `subPath` that is a file is copied at start, as it is never updated."""
        if self._mounted is None:
            found = []
            for mount in self._config.mounts:
                if _single_file(mount) is None:
                    volume = mount.volume
                    assert isinstance(volume, FileVolume)
                    found.append(("/" + clean(mount.path), volume.sub(mount.sub_path), mount.read_only))
            self._mounted = sorted(found, key=lambda mount: -len(mount[0]))
        return self._mounted

    @overload
    def _at(self, path: str) -> tuple[FileVolume, str, bool]: ...

    @overload
    def _at(self, path: str, *, make: bool) -> tuple[FileVolume | None, str, bool]: ...

    def _at(self, path: str, *, make: bool = True) -> tuple[FileVolume | None, str, bool]:
        """The volume that holds a path, the path within it, and whether it is read-only."""
        absolute = "/" + clean(path)
        for place, volume, read_only in self._mounts():
            if absolute == place or absolute.startswith(place.rstrip("/") + "/"):
                return volume, absolute[len(place) :], read_only
        return self.root() if make else self._root, absolute, self._config.read_only_root


def _single_file(mount: Mount) -> bytes | None:
    return mount.volume.read(mount.sub_path) if mount.sub_path else None


def _folders(image: Image) -> tuple[str, ...]:
    more = ("var/log", "var/run", "usr/bin", "usr/local", "usr/share") if image.tools != "none" else ()
    work = (image.working_dir.strip("/"),) if image.working_dir.strip("/") else ()
    return (*BASES[image.tools].folders, *more, *work)


@lru_cache(maxsize=256)
def _image_files(image: Image) -> dict[str, bytes]:
    """The image's own files by absolute path, shared by its containers."""
    base = BASES[image.tools]
    files = {"/etc/passwd": _PASSWD.encode(), "/etc/group": _GROUP.encode()}
    if base.os_release:
        files["/etc/os-release"] = base.os_release.encode()
    return files | {path: text.encode() for path, text in image.files.items()}


@lru_cache(maxsize=256)
def tools_of(image: Image) -> frozenset[str]:
    """The names of the commands that an image brings, its programs included."""
    base = BASES[image.tools].commands
    return (base | {*image.extra_tools, *image.programs}) - {*image.missing_tools}


@lru_cache(maxsize=64)
def _tool_system(tools: str, extra: tuple[str, ...], missing: tuple[str, ...]) -> FileSystem:
    """/bin of an image: one small script for each command, shared by all its containers and read-only."""
    system = empty_system()
    for name in (BASES[tools].commands | {*extra}) - {*missing}:
        path = f"/{name}"
        system.write_file(path, f'{name} "$@"\n'.encode())
        system.chmod(path, 0o755)
    return system
