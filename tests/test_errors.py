"""Every error ends with a remedy."""

from __future__ import annotations

import errno
import os

import pytest

from grader.errors import HostError, LabyardError, host_error


@pytest.mark.parametrize(
    ("number", "problem", "remedy"),
    [
        (errno.ENOSPC, "The disk is full: /x", "Free some space"),
        (errno.EACCES, "No permission for /x", "--dir"),
        (errno.EROFS, "No permission for /x", "XDG_STATE_HOME"),
        (errno.EADDRINUSE, "A port is in use", "ss -ltnp"),
        (errno.EIO, "The machine refused", "lab doctor"),
    ],
)
def test_what_the_system_refuses_has_a_remedy(number: int, problem: str, remedy: str) -> None:
    error = host_error(OSError(number, os.strerror(number), "/x"))
    assert problem in str(error)
    assert remedy in str(error.remedy)
    assert isinstance(error, HostError)
    assert LabyardError.exit_code == 2
