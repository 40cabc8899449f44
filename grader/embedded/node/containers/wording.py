"""How the shells and tools of different base images word the same failure.

bashkit speaks GNU bash; busybox and dash say most things differently. Lines of standard error are rewritten by
tables of patterns, first match wins.
"""

from __future__ import annotations

import re

_Rules = list[tuple[re.Pattern[bytes], bytes]]


def _rules(*pairs: tuple[str, str]) -> _Rules:
    return [(re.compile(pattern.encode()), text.encode()) for pattern, text in pairs]


_READ_ONLY = ((r"(?:io error: )?filesystem is read-only", "Read-only file system"),)
_NOT_FOUND = r"^bash: line (\d+): ([^:\n]+): command not found.*$"
_ABSENT = "No such file or directory"

_ASH = _rules(
    (_NOT_FOUND, r"sh: \2: not found"),
    (rf"^bash: line \d+: cd: (.*): {_ABSENT}$", rf"sh: cd: can't cd to \1: {_ABSENT}"),
    (rf"^bash: line \d+: (/.*/[^/]*): {_ABSENT}$", r"sh: \1: not found"),
    (r"^bash: line \d+: (.*): Read-only file system$", r"sh: can't create \1: Read-only file system"),
    (r"^bash: line \d+: (.*)$", r"sh: \1"),
    (rf"^cat: (.*): {_ABSENT}$", rf"cat: can't open '\1': {_ABSENT}"),
    (rf"^(head|tail|wc|sort|md5sum|cut|tr|sed|awk): (.*): {_ABSENT}$", rf"\1: \2: {_ABSENT}"),
    (rf"^ls: cannot access '(.*)': {_ABSENT}$", rf"ls: \1: {_ABSENT}"),
    (r"^rm: cannot remove '(.*)': (.*)$", r"rm: can't remove '\1': \2"),
    (rf"^cp: cannot (?:copy|stat) '(.*)': {_ABSENT}$", rf"cp: can't stat '\1': {_ABSENT}"),
    (rf"^mv: cannot (?:move|stat) '(.*)': {_ABSENT}$", rf"mv: can't rename '\1': {_ABSENT}"),
    (r"^mkdir: cannot create directory '(.*)': (.*)$", r"mkdir: can't create directory '\1': \2"),
    (r"^touch: cannot touch '(.*)': (.*)$", r"touch: \1: \2"),
)
_DASH = _rules(
    (_NOT_FOUND, r"sh: \1: \2: not found"),
    (rf"^bash: line (\d+): cd: (.*): {_ABSENT}$", r"sh: \1: cd: can't cd to \2"),
    (rf"^bash: line (\d+): (/.*/[^/]*): {_ABSENT}$", r"sh: \1: \2: not found"),
    (r"^bash: line (\d+): (.*): Read-only file system$", r"sh: \1: cannot create \2: Read-only file system"),
    (r"^bash: line (\d+): (.*)$", r"sh: \1: \2"),
    (rf"^cp: cannot copy '(.*)': {_ABSENT}$", rf"cp: cannot stat '\1': {_ABSENT}"),
)
_BASH = _rules(
    (r"^(bash: line \d+: [^:\n]+: command not found).*$", r"\1"),
    (rf"^cp: cannot copy '(.*)': {_ABSENT}$", rf"cp: cannot stat '\1': {_ABSENT}"),
)
_EVERY = _rules(*_READ_ONLY)
_TABLES = {"ash": _ASH, "dash": _DASH, "bash": _BASH, "": _BASH}


def reword(data: bytes, shell: str) -> bytes:
    """Standard error of a shell, line by line in the words of `ash`, `dash` or `bash`."""
    lines = data.split(b"\n")
    return b"\n".join(_line(line, shell) for line in lines)


def _line(line: bytes, shell: str) -> bytes:
    for pattern, text in _EVERY:
        line = pattern.sub(text, line)
    for pattern, text in _TABLES[shell]:
        changed, count = pattern.subn(text, line, count=1)
        if count:
            return changed
    return line


def not_found(name: str, shell: str) -> str:
    """What a shell prints for a command that is not there."""
    if shell == "ash":
        return f"sh: {name}: not found\n"
    return f"sh: 1: {name}: not found\n" if shell == "dash" else f"bash: line 1: {name}: command not found\n"


def syntax_error(text: str, shell: str) -> str:
    """What a shell prints for a script that does not parse."""
    why = text.rpartition("syntax error: ")[2].rpartition(": ")[2] or "syntax error"
    if shell == "ash":
        return f"sh: syntax error: {why}\n"
    if shell == "dash":
        return f"sh: 1: Syntax error: {why[:1].upper()}{why[1:]}\n"
    return f"bash: -c: line 1: syntax error: {why}\n"
