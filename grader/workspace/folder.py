"""The learner's folder of a lab: the starter with the learner's parameters filled in, and never a file overwritten."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.course.parameters import Value, fill_text
from grader.errors import WorkspaceError, host_error
from grader.language import text

MARKER = ".labyard"
MAX_TEXT = 1024 * 1024


def default_folder(lab: str, home: Path | None = None) -> Path:
    """`~/labyard/<topic>/<slug>`."""
    return (home or Path.home()) / "labyard" / lab


def prepare(folder: Path, lab: str, starter: Path, values: Mapping[str, Value]) -> list[Path]:
    """Make the workspace, or complete it: files that are there already stay. Returns the files that were added.

    Raises WorkspaceError when the folder belongs to another lab, HostError when it cannot be written.
    """
    try:
        owner = _owner(folder)
        if owner and owner != lab:
            raise WorkspaceError(
                text("{folder} is the workspace of {lab}.", folder=str(folder), lab=owner),
                text("Choose another folder with --dir."),
            )
        if folder.exists() and not folder.is_dir():
            raise WorkspaceError(
                text("{folder} is a file, not a folder.", folder=str(folder)),
                text("Move it away, or choose another folder with --dir."),
            )
        folder.mkdir(parents=True, exist_ok=True)
        added = copy_filled(starter, folder, values, overwrite=False)
        (folder / MARKER).write_text(f"{lab}\n", encoding="utf-8")
    except OSError as error:
        raise host_error(error) from error
    return added


def require(folder: Path, lab: str) -> None:
    """Raise WorkspaceError unless the workspace is still there."""
    if not folder.is_dir():
        raise WorkspaceError(
            text("The workspace {folder} is gone.", folder=str(folder)),
            text("`lab start {lab}` makes it again with the starter's files; the cluster is as you left it.", lab=lab),
        )


def _owner(folder: Path) -> str:
    """The lab whose workspace a folder is; empty when it is none's."""
    try:
        return (folder / MARKER).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def copy_filled(source: Path, target: Path, values: Mapping[str, Value], *, overwrite: bool) -> list[Path]:
    """Copy a tree with parameters filled in; symbolic links are left out. Returns the files that were written."""
    written = []
    for file in _files(source):
        place = target / file.relative_to(source)
        if (place.exists() or place.is_symlink()) and not overwrite:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        _copy(file, place, values)
        written.append(place)
    return written


def _copy(file: Path, place: Path, values: Mapping[str, Value]) -> None:
    """Copy a file through a neighbour that then takes its place, so that a crash leaves the old one or the new one."""
    scratch = place.with_name(f".{place.name}.labyard-new")
    data = file.read_bytes() if values and file.stat().st_size <= MAX_TEXT else None
    if data is None or b"\0" in data or b"__" not in data:
        shutil.copyfile(file, scratch)
    else:
        scratch.write_text(fill_text(data.decode("utf-8", "surrogateescape"), values), "utf-8", "surrogateescape")
    shutil.copymode(file, scratch)
    os.replace(scratch, place)


def _files(source: Path) -> Iterator[Path]:
    """The plain files of a tree, in order; none when there is no tree."""
    if not source.is_dir():
        return
    for path in sorted(source.rglob("*")):
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
            yield path
