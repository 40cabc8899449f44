"""Everything that can go wrong on this side of the cluster, by who must act.

    LabyardError                 the text says what happened; `remedy` says what to do about it
    ├── UsageError               the one who typed: a name or an option that does not fit
    ├── LabError                 the lab's author: a manifest, a file or a proof is wrong (`where` has file and line)
    ├── WorkspaceError           the learner: the workspace is gone, foreign, or cannot be written
    ├── BusyError                nobody: another `lab` is at it, wait or end it
    ├── ToolError                the machine's owner: kubectl, bash or another tool is missing, too old or broken
    ├── ProviderError            the environment's provider: the cluster did not start, died, or does not answer
    ├── CommandError             whoever wrote the command (`commands.py` raises it, with argv and output)
    └── HostError                the machine's owner: disk full, no permission, port in use

A learner's wrong answer is none of these: it is data (`results.Finding`). Every one of them ends the command with
exit code 2, "could not be done", except where a verb says otherwise.
"""

from __future__ import annotations

import errno
from typing import ClassVar

from grader.language import Text, text

Message = Text | str


class LabyardError(Exception):
    """Something that somebody has to act on. `str()` gives the problem and the remedy, in English."""

    exit_code: ClassVar[int] = 2

    def __init__(self, problem: Message, remedy: Message) -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}\n{self.remedy}"


class UsageError(LabyardError):
    """A name or an option that does not fit. Whoever typed it must act."""


class LabError(LabyardError):
    """A lab is wrong. Its author must act. `where` is `file:line` when it is known."""

    def __init__(self, problem: Message, remedy: Message, where: str = "") -> None:
        super().__init__(problem, remedy)
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {super().__str__()}" if self.where else super().__str__()


class WorkspaceError(LabyardError):
    """The learner's folder is gone, foreign or not writable. The learner must act."""


class BusyError(LabyardError):
    """Another process holds what this one needs. Waiting helps."""


class ToolError(LabyardError):
    """A program of the machine is missing, too old or broken. The machine's owner must act."""


class ProviderError(LabyardError):
    """The environment did not start, died, or does not answer. Its provider must act; no learner is to blame."""


class HostError(LabyardError):
    """The machine refused: a full disk, a missing permission, a port in use. Its owner must act."""


def host_error(error: OSError) -> HostError:
    """The `HostError` for what the operating system said, with a remedy for the usual ones."""
    place = str(error.filename or "") or text("a file")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return HostError(
            text("The disk is full: {place} could not be written.", place=place),
            text("Free some space and run the command again; nothing that was saved before is lost."),
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return HostError(
            text("No permission for {place}: {reason}.", place=place, reason=error.strerror),
            text("Give yourself access to it, or choose other folders with --dir and XDG_STATE_HOME."),
        )
    if error.errno == errno.EADDRINUSE:
        return HostError(
            text("A port is in use: {reason}.", reason=error.strerror),
            text("End the program that listens there (see `ss -ltnp`) and run the command again."),
        )
    return HostError(
        text("The machine refused: {reason} ({place}).", reason=error.strerror or str(error), place=place),
        text("Run `lab doctor`: it says what this machine lacks."),
    )
