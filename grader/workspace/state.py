"""Where things are kept: `$XDG_STATE_HOME/labyard/`.

progress.sqlite              what was started, attempted and reached (`progress.py`)
clusters/<name>/             an embedded cluster's objects and kubeconfig, a folder each
sessions/<topic>-<slug>/     one lab in progress: bin/ (recording tools), commands.log, kubectl's cache
locks/                       who is at what (`locks.py`)
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import host_error


@dataclass(frozen=True)
class State:
    """The state folder of a user, or of one proof or submission."""

    root: Path

    @classmethod
    def of_user(cls, environ: Mapping[str, str] = os.environ) -> State:
        """The folder by the XDG Base Directory Specification; relative paths in XDG_STATE_HOME are ignored, as it
        asks.
        """
        wish = environ.get("XDG_STATE_HOME", "")
        base = Path(wish) if wish.startswith("/") else Path.home() / ".local" / "state"
        return cls(base / "labyard")

    @property
    def progress(self) -> Path:
        return self.root / "progress.sqlite"

    def cluster(self, name: str) -> Path:
        """The folder of a cluster."""
        return self.root / "clusters" / name.replace("/", "-")

    def session(self, lab: str) -> Path:
        """The folder of a lab in progress."""
        return self.root / "sessions" / lab.replace("/", "-")

    def lock(self, name: str) -> Path:
        """The lock file of a name."""
        return self.root / "locks" / f"{name.replace('/', '-')}.lock"

    def prepare(self) -> State:
        """The state with its folder made. Raises HostError when it cannot be."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise host_error(error) from error
        return self
