"""Where the course's own files are: `labs/`, `content/` and `site/`, in an installed wheel or in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from grader.errors import HostError
from grader.language import text

_PACKAGE = Path(__file__).parent


@cache
def root() -> Path:
    """The folder that holds `labs/`, `content/` and `site/`."""
    packed = _PACKAGE / "_bundle"
    return packed if packed.is_dir() else _PACKAGE.parent


def folder(name: str) -> Path:
    """The folder `labs`, `content` or `site`. Raises HostError when the installation lacks it."""
    found = root() / name
    if not found.is_dir():
        raise HostError(
            text("This installation has no folder {name}.", name=str(found)),
            text("Install Labyard again: `pip install --force-reinstall labyard`."),
        )
    return found
