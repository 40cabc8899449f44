"""One `lab` at a time for each lab: advisory locks that die with their process."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import BusyError, host_error
from grader.language import text


@contextmanager
def held(path: Path, what: str, *, patience: float = 10.0) -> Iterator[None]:
    """Hold the lock of a file.

    Raises BusyError naming the other process when it is not free within `patience` seconds.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("a+")
    except OSError as error:
        raise host_error(error) from error
    with file:
        end = time.monotonic() + patience
        while not _take(file.fileno()):
            if time.monotonic() >= end:
                file.seek(0)
                raise BusyError(
                    text(
                        "Another `lab` (process {pid}) is busy with {what}.", pid=file.read().strip() or "?", what=what
                    ),
                    text("Wait until it is done, or end it with Ctrl-C where it runs."),
                )
            time.sleep(0.05)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
