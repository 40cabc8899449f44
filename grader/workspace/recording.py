"""The commands a learner runs, recorded by small stand-ins for kubectl and docker at the front of PATH.

A stand-in appends its words to a file and becomes the real program, so that recording works in every shell, for scripts
and for a typing learner alike, and the program behaves as ever. A record is the words, separated by US, ended by RS.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from grader.errors import host_error

_US, _RS = "\x1f", "\x1e"
MAX_BYTES = 8 * 1024 * 1024

_STAND_IN = """#!/bin/sh
# Made by Labyard: notes the command for `lab check`, then runs the real one.
{{ printf '%s\\037' {name} "$@"; printf '\\036'; }} 2>/dev/null >> {log}
exec {real} "$@"
"""


class Recording:
    """The recorded commands of one session. `folder` is the session's."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self._log = folder / "commands.log"

    def install(self, tools: Mapping[str, Path]) -> None:
        """Write the stand-ins: a tool's name to the real program."""
        try:
            self.bin.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name, real in tools.items():
                script = _STAND_IN.format(name=name, log=shlex.quote(str(self._log)), real=shlex.quote(str(real)))
                path = self.bin / name
                if not path.is_file() or path.read_text(encoding="utf-8") != script:
                    path.write_text(script, encoding="utf-8")
                    path.chmod(0o755)
        except OSError as error:
            raise host_error(error) from error

    def commands(self, since: int = 0) -> list[str]:
        """The recorded commands as lines, from the `since`-th on."""
        try:
            with self._log.open("rb") as file:
                records = file.read(MAX_BYTES).decode("utf-8", "replace").split(_RS)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise host_error(error) from error
        lines = [shlex.join(record.removesuffix(_US).split(_US)) for record in records if record]
        return lines[since:]
