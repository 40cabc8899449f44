"""File trees: plain dictionaries until a shell needs them, bashkit file systems from then on.

A config map mounted into a thousand idle servers costs a dictionary each; the first shell in a container turns
what it mounts into file systems, which every shell of the pod then shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bashkit import FileSystem

_DEFAULT_FOLDERS = ("/dev", "/home", "/tmp")


@dataclass(frozen=True, slots=True)
class Entry:
    """What `ls -l` shows of a file: `file`, `directory` or `symlink`, permission bits, seconds since the epoch."""

    kind: str
    size: int = 0
    mode: int = 0o755
    modified: float = 0.0
    target: str = ""


class FileVolume:
    """A tree of files; implements `runtime.Volume`. Paths are relative or absolute, without `..`."""

    __slots__ = ("_files", "_folders", "_modes", "_subs", "_system", "in_memory")

    def __init__(
        self,
        files: Mapping[str, bytes] | None = None,
        *,
        folders: Iterable[str] = (),
        modes: Mapping[str, int] | None = None,
        in_memory: bool = False,
    ) -> None:
        self._files: dict[str, bytes] | None = {clean(path): data for path, data in (files or {}).items()}
        self._folders = tuple(folders)
        self._modes: dict[str, int] = {clean(path): mode for path, mode in (modes or {}).items()}
        self._system: FileSystem | None = None
        self._subs: dict[str, FileVolume] = {}
        self.in_memory = in_memory

    def replace(self, files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> None:
        """Hold exactly these files."""
        wanted = {clean(path): data for path, data in files.items()}
        self._modes = {clean(path): mode for path, mode in (modes or {}).items()}
        if self._system is None:
            self._files = wanted
            return
        for path in self.paths():
            if path not in wanted:
                self._system.remove("/" + path)
        for path, data in wanted.items():
            if self.read(path) != data:
                self.write(path, data)

    def read(self, path: str) -> bytes | None:
        """A file's content, or None when there is no such file."""
        name = clean(path)
        sub = self._inside(name)
        if sub is not None:
            return sub[0].read(sub[1])
        if self._files is not None:
            return self._files.get(name)
        assert self._system is not None
        try:
            return self._system.read_file("/" + name)
        except RuntimeError:
            return None

    def write(self, path: str, content: bytes) -> None:
        """Write one file, with the folders above it. Raises OSError where the tree has no room or no such place."""
        name = clean(path)
        sub = self._inside(name)
        if sub is not None:
            sub[0].write(sub[1], content)
            return
        if self._files is not None:
            self._files[name] = content
            return
        assert self._system is not None
        try:
            make_parents(self._system, "/" + name)
            self._system.write_file("/" + name, content)
            if name in self._modes:
                self._system.chmod("/" + name, self._modes[name])
        except RuntimeError as error:
            raise OSError(str(error)) from None

    def add_folder(self, path: str) -> None:
        """Make a folder, with those above it."""
        make_folder(self.system(), "/" + clean(path))

    def mode(self, path: str) -> int:
        """A file's permission bits; 0 when it is absent."""
        name = clean(path)
        sub = self._inside(name)
        if sub is not None:
            return sub[0].mode(sub[1])
        if self._files is not None:
            return self._modes.get(name, 0o644) if name in self._files else 0
        assert self._system is not None
        try:
            return int(self._system.stat("/" + name)["mode"])
        except RuntimeError:
            return 0

    def entry(self, path: str) -> Entry | None:
        """What is at a path, symbolic links not followed."""
        name = clean(path)
        sub = self._inside(name)
        if sub is not None:
            return sub[0].entry(sub[1])
        try:
            found = self.system().stat("/" + name)
        except RuntimeError:
            return None
        kind = found["file_type"]
        target = self.system().read_link("/" + name) if kind == "symlink" else ""
        return Entry(kind, found["size"], found["mode"] & 0o7777, found["modified"], target)

    def is_folder(self, path: str) -> bool:
        name = clean(path)
        sub = self._inside(name)
        if sub is not None:
            return sub[0].is_folder(sub[1])
        if not name or any(known.startswith(name + "/") for known in self._subs):
            return True
        if self._files is not None:
            return any(known.startswith(name + "/") for known in self._files) or name in self._folders
        assert self._system is not None
        try:
            return bool(self._system.stat("/" + name)["file_type"] == "directory")
        except RuntimeError:
            return False

    def listing(self, path: str = "") -> list[str]:
        """The names in a folder, sorted."""
        name = clean(path)
        sub = self._inside(name)
        if sub is not None:
            return sub[0].listing(sub[1])
        inside = name + "/" if name else ""
        if self._files is not None:
            every = [*self._files, *self._folders, *self._subs]
            return sorted({known[len(inside) :].split("/")[0] for known in every if known.startswith(inside)})
        assert self._system is not None
        try:
            return sorted(entry["name"] for entry in self._system.read_dir("/" + name))
        except RuntimeError:
            return []

    def paths(self) -> list[str]:
        """All files, sorted."""
        own = self._files if self._files is not None else _walk(self.system(), "/")
        subs = [f"{name}/{path}" for name, sub in self._subs.items() for path in sub.paths()]
        return sorted({*(path for path in own if self._inside(path) is None), *subs})

    @property
    def used(self) -> int:
        """Bytes held."""
        return sum(len(self.read(path) or b"") for path in self.paths())

    def sub(self, path: str) -> FileVolume:
        """The volume of a folder within this one, for `subPath`: the same files, seen from there."""
        name = clean(path)
        if not name:
            return self
        known = self._subs.get(name)
        deeper = self._inside(name)
        if known is None and deeper is not None:
            return deeper[0].sub(deeper[1])
        if known is None:
            inside = name + "/"
            held = {p[len(inside) :]: self.read(p) or b"" for p in self.paths() if p.startswith(inside)}
            known = self._subs[name] = FileVolume(held, in_memory=self.in_memory)
        return known

    def _inside(self, name: str) -> tuple[FileVolume, str] | None:
        """The sub-volume that holds a path, and the path within it."""
        for folder, sub in self._subs.items():
            if name == folder or name.startswith(folder + "/"):
                return sub, name[len(folder) + 1 :]
        return None

    def system(self) -> FileSystem:
        """The file system behind the volume, made now if no shell has needed it before."""
        if self._system is None:
            system = empty_system()
            for folder in self._folders:
                make_folder(system, "/" + folder)
            for path, data in (self._files or {}).items():
                make_parents(system, "/" + path)
                system.write_file("/" + path, data)
                if path in self._modes:
                    system.chmod("/" + path, self._modes[path])
            self._system, self._files = system, None
        return self._system

    def mounts(self, at: str) -> list[tuple[str, FileSystem]]:
        """What to mount to see the volume at a path: itself, and the folders within it that others use as volumes."""
        found = [(at, self.system())]
        for name, sub in self._subs.items():
            make_folder(self.system(), "/" + name)
            found += sub.mounts(f"{at.rstrip('/')}/{name}")
        return found


def clean(path: str) -> str:
    """A path without its leading slash, `.` and `..` (which cannot leave the tree)."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def empty_system() -> FileSystem:
    """A bashkit file system without the folders it comes with."""
    from bashkit import FileSystem

    system = FileSystem()
    for folder in _DEFAULT_FOLDERS:
        system.remove(folder, recursive=True)
    return system


def make_folder(system: FileSystem, path: str) -> None:
    """Make a folder unless there is one."""
    if path != "/" and not system.exists(path):
        system.mkdir(path, recursive=True)


def make_parents(system: FileSystem, path: str) -> None:
    """Make the folders above a file."""
    make_folder(system, path.rpartition("/")[0] or "/")


def _walk(system: FileSystem, folder: str) -> list[str]:
    found: list[str] = []
    for entry in system.read_dir(folder):
        path = f"{folder.rstrip('/')}/{entry['name']}"
        if entry["metadata"]["file_type"] == "directory":
            found += _walk(system, path)
        else:
            found.append(path[1:])
    return found
