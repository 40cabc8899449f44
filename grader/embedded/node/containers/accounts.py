"""Users and groups of a container: who its processes are, by /etc/passwd and /etc/group."""

from __future__ import annotations

from grader.embedded.node.containers.files import ContainerFiles


class Accounts:
    """The names and numbers of users. `asked` is the image's `USER`, `uid` and `gid` the pod's choice."""

    def __init__(self, files: ContainerFiles, asked: str, uid: int | None, gid: int | None) -> None:
        self._files = files
        self._asked = asked
        self._uid = uid
        self._gid = gid

    def identity(self) -> tuple[int, int, list[int]]:
        """uid, gid and groups of the first process."""
        uid, gid = self._uid, self._gid
        name, _, group = self._asked.partition(":")
        if uid is None:
            uid = int(name) if name.isdigit() else self._number(name)
            if gid is None and group.isdigit():
                gid = int(group)
        if gid is None:
            gid = self._primary_group(uid)
        return uid, gid, [gid]

    def current_name(self) -> str:
        """The first process's user by name, or its number."""
        uid = self.identity()[0]
        return self.name_of(uid) or str(uid)

    def home(self) -> str:
        """The first process's home."""
        uid = str(self.identity()[0])
        return next((row[5] for row in self._table("/etc/passwd") if len(row) > 5 and row[2] == uid), "/")

    def name_of(self, uid: int) -> str | None:
        """A user's name, or None for a number that has none."""
        return next((row[0] for row in self._table("/etc/passwd") if len(row) > 2 and row[2] == str(uid)), None)

    def group_name_of(self, gid: int) -> str | None:
        """A group's name, or None."""
        return next((row[0] for row in self._table("/etc/group") if len(row) > 2 and row[2] == str(gid)), None)

    def _number(self, name: str) -> int:
        rows = self._table("/etc/passwd")
        return next((int(row[2]) for row in rows if len(row) > 2 and row[0] == name and row[2].isdigit()), 0)

    def _primary_group(self, uid: int) -> int:
        rows = self._table("/etc/passwd") if uid else []
        return next((int(r[3]) for r in rows if len(r) > 3 and r[2] == str(uid) and r[3].isdigit()), 0)

    def _table(self, path: str) -> list[list[str]]:
        text = (self._files.read(path) or b"").decode("utf-8", "replace")
        return [line.split(":") for line in text.splitlines() if line]
