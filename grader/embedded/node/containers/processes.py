"""A container's processes: PID 1 and those beside it, for ps, kill and signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Signaller = Callable[[int], None]


class Processes:
    """Commands by process id. PID 1 is the container's own."""

    __slots__ = ("_next", "_rows", "_to_main")

    def __init__(self, to_main: Signaller) -> None:
        self._rows: dict[int, tuple[str, Signaller | None]] = {}
        self._next = 2
        self._to_main = to_main

    def main(self, command: str) -> None:
        """PID 1 has started."""
        self._rows[1] = (command, self._to_main)

    @contextmanager
    def running(self, command: str, signaller: Signaller | None = None) -> Iterator[int]:
        """While a command runs; gives its process id."""
        pid = self._next
        self._next += 1
        self._rows[pid] = (command, signaller)
        try:
            yield pid
        finally:
            self._rows.pop(pid, None)

    def background(self, command: str, signaller: Signaller) -> int:
        """A command that goes on by itself until it is signalled; its process id."""
        pid = self._next
        self._next += 1

        def end(number: int) -> None:
            self._rows.pop(pid, None)
            signaller(number)

        self._rows[pid] = (command, end)
        return pid

    def rows(self) -> list[tuple[int, str, Signaller | None]]:
        """Process id and command, in order."""
        return [(pid, command, signaller) for pid, (command, signaller) in sorted(self._rows.items())]

    def signal(self, pid: int, number: int) -> bool:
        """Send a signal from inside the container; False when there is no such process. Signal 0 only asks."""
        row = self._rows.get(pid)
        if row is None:
            return False
        if number and row[1] is not None:
            row[1](number)
        return True
