"""ls, in the two layouts that images bring: busybox' and GNU's."""

from __future__ import annotations

import posixpath
import stat
import time
from dataclasses import dataclass

from grader.embedded.node.containers.call import Call
from grader.embedded.node.containers.volumes import Entry

_HALF_YEAR = 182 * 86400
_FOLDER_SIZE = 4096
_MAX_ENTRIES = 20_000
_WIDTH = 80


@dataclass
class _Lister:
    """One run of ls: its options, and what it has found so far."""

    call: Call
    flags: set[str]
    code: int = 0
    shown: int = 0

    @property
    def busybox(self) -> bool:
        return self.call.container.shell_kind == "ash"

    async def run(self, names: list[str]) -> int:
        files = self.call.container.files
        found = [(name, files.entry(self.call.path(name))) for name in names]
        for name, entry in found:
            if entry is None:
                await self._absent(name)
        plain = [(n, e) for n, e in found if e is not None and ("d" in self.flags or e.kind != "directory")]
        folders = [n for n, e in found if e is not None and (n, e) not in plain]
        await self._print(self._sorted(plain), total=False)
        for index, name in enumerate(folders):
            if len(names) > 1 or "R" in self.flags:
                await self.call.out(f"{chr(10) if index or plain else ''}{name}:\n")
            await self._folder(name)
        return self.code

    async def _absent(self, name: str) -> None:
        why = "No such file or directory"
        self.code = await self.call.fail(
            f"{name}: {why}" if self.busybox else f"cannot access '{name}': {why}", 1 if self.busybox else 2
        )

    async def _folder(self, name: str) -> None:
        files = self.call.container.files
        path = self.call.path(name)
        names = [entry for entry in files.listing(path) if self.flags & {"a", "A"} or not entry.startswith(".")]
        if "a" in self.flags:
            names += [".", ".."]
        found = [(entry, files.entry(posixpath.normpath(posixpath.join(path, entry)))) for entry in names]
        rows = self._sorted([(entry, what) for entry, what in found if what is not None])
        self.shown += len(rows)
        await self._print(rows, total=True)
        if "R" in self.flags and self.shown < _MAX_ENTRIES:
            for entry, what in rows:
                if what.kind == "directory" and entry not in (".", ".."):
                    inner = f"{name.rstrip('/')}/{entry}"
                    await self.call.out(f"\n{inner}:\n")
                    await self._folder(inner)

    def _sorted(self, rows: list[tuple[str, Entry]]) -> list[tuple[str, Entry]]:
        rows = sorted(rows, key=lambda row: row[0])
        if "t" in self.flags:
            rows.sort(key=lambda row: -row[1].modified)
        elif "S" in self.flags:
            rows.sort(key=lambda row: -row[1].size)
        return rows[::-1] if "r" in self.flags else rows

    async def _print(self, rows: list[tuple[str, Entry]], *, total: bool) -> None:
        names = [name + self._mark(entry) for name, entry in rows]
        if "l" in self.flags:
            blocks = sum(4 * -(-_size(entry) // 4096) for _, entry in rows)
            lines = [f"total {blocks}"] if total else []
            lines += [self._long(name, entry) for name, (_, entry) in zip(names, rows, strict=True)]
        elif self.call.tty and "1" not in self.flags:
            lines = _columns(names)
        else:
            lines = names
        await self.call.out("".join(f"{line}\n" for line in lines))

    def _mark(self, entry: Entry) -> str:
        if not self.flags & {"F", "p"}:
            return ""
        if entry.kind == "directory":
            return "/"
        return "*" if "F" in self.flags and entry.kind == "file" and entry.mode & 0o111 else ""

    def _long(self, name: str, entry: Entry) -> str:
        letter = {"directory": "d", "symlink": "l"}.get(entry.kind, "-")
        mode = letter + stat.filemode(entry.mode)[1:]
        size = _human(_size(entry)) if "h" in self.flags else str(_size(entry))
        when = time.gmtime(entry.modified)
        recent = abs(self.call.container.clock.now() - entry.modified) < _HALF_YEAR
        moment = time.strftime("%b %e %H:%M" if recent else "%b %e  %Y", when)
        target = f" -> {entry.target}" if entry.target else ""
        if self.busybox:
            return f"{mode}    1 root     root     {size:>9} {moment} {name}{target}"
        return f"{mode} {2 if letter == 'd' else 1} root root {size:>4} {moment} {name}{target}"


def _size(entry: Entry) -> int:
    return _FOLDER_SIZE if entry.kind == "directory" else entry.size


def _human(size: int) -> str:
    amount = float(size)
    for unit in ("", "K", "M", "G"):
        if amount < 1024:
            return f"{amount:.1f}{unit}" if unit else str(size)
        amount /= 1024
    return f"{amount:.1f}T"


def _columns(names: list[str]) -> list[str]:
    """As many columns of one width as fit a terminal's line, filled downwards."""
    width = max(map(len, names), default=0) + 2
    count = max(_WIDTH // width, 1)
    height = -(-len(names) // count)
    rows = [names[start::height] for start in range(height)]
    return ["".join(f"{name:<{width}}" for name in row).rstrip() for row in rows]


async def ls(call: Call) -> int:
    """`ls [-aAdFhlprRSt1] [PATH…]`."""
    flags = {letter for word in call.args if word[:1] == "-" and word[:2] != "--" for letter in word[1:]}
    bad = sorted(flags - set("aAdFhlprRStu1inCc"))
    if bad:
        return await call.fail(f"invalid option -- '{bad[0]}'", 1 if call.container.shell_kind == "ash" else 2)
    names = [word for word in call.args if not word.startswith("-")] or ["."]
    return await _Lister(call, flags).run(names)


COMMANDS = {"ls": ls}
