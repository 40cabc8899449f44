"""ps, kill, pgrep, pkill, top: the container's processes."""

from __future__ import annotations

import signal

from grader.embedded.node.containers.call import Call

_NUMBERS = {name.removeprefix("SIG"): number.value for name, number in signal.Signals.__members__.items()}


def signal_number(text: str) -> int | None:
    """The number of a signal given as number or name, with or without SIG."""
    if text.isdigit():
        return int(text)
    return _NUMBERS.get(text.upper().removeprefix("SIG"))


async def ps(call: Call) -> int:
    """busybox' columns, or procps' with `aux` and `-ef`."""
    container = call.container
    user = container.user_name
    with container.processes.running(" ".join(call.argv)) as own:
        rows = container.processes.rows()
    lines: list[str] = []
    option = "".join(call.args)
    if container.shell_kind == "ash":
        lines.append("PID   USER     TIME  COMMAND")
        lines += [f"{pid:>5} {user[:8]:<8}  0:00 {command}" for pid, command, _ in rows]
    elif "u" in option:
        lines.append("USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND")
        lines += [
            f"{user:<8} {pid:>7}  0.0  0.0   2576  1536 ?        Ss   00:00   0:00 {text}" for pid, text, _ in rows
        ]
    elif "f" in option:
        lines.append("UID          PID    PPID  C STIME TTY          TIME CMD")
        lines += [f"{user:<8} {pid:>7}       0  0 00:00 ?        00:00:00 {text}" for pid, text, _ in rows]
    else:
        lines.append("    PID TTY          TIME CMD")
        mine = [row for row in rows if row[0] in (1, own)] if "e" not in option and "a" not in option else rows
        lines += [f"{pid:>7} ?        00:00:00 {text.split()[0].rpartition('/')[2]}" for pid, text, _ in mine]
    await call.out("\n".join(lines) + "\n")
    return 0


async def kill(call: Call) -> int:
    """`kill [-SIGNAL|-s SIGNAL] PID…` and `kill -l`."""
    words = list(call.args)
    number = 15
    if words and words[0] == "-l":
        names = sorted(_NUMBERS.items(), key=lambda item: item[1])
        await call.out(" ".join(name for name, value in names if value < 32) + "\n")
        return 0
    if words and words[0].startswith("-") and len(words[0]) > 1:
        option = words.pop(0)
        text = words.pop(0) if option in ("-s", "-n") and words else option[1:]
        found = signal_number(text)
        if found is None:
            return await call.fail(f"{text}: invalid signal specification")
        number = found
    if not words:
        return await call.fail("not enough arguments", 2)
    code = 0
    for word in words:
        pid = word.lstrip("%-")
        if not pid.isdigit():
            code = await call.fail(f"{word}: arguments must be process or job IDs")
        elif not call.container.processes.signal(int(pid), number):
            code = await call.fail(f"({word}) - No such process")
    return code


async def pgrep(call: Call) -> int:
    """`pgrep [-f] PATTERN`."""
    found = _matching(call)
    await call.out("".join(f"{pid}\n" for pid in found))
    return 0 if found else 1


async def pkill(call: Call) -> int:
    """`pkill [-SIGNAL] [-f] PATTERN`, killall."""
    number = 15
    for word in call.args:
        if word.startswith("-") and word != "-f":
            number = signal_number(word[1:]) or number
    found = _matching(call)
    for pid in found:
        call.container.processes.signal(pid, number)
    return 0 if found else 1


def _matching(call: Call) -> list[int]:
    patterns = [word for word in call.args if not word.startswith("-")]
    if not patterns:
        return []
    return [
        pid
        for pid, command, _ in call.container.processes.rows()
        if patterns[-1] in (command if "-f" in call.args else command.split()[0])
    ]


async def top(call: Call) -> int:
    """One screen of it: with `-b -n1` that is all, interactively it is what a first look shows."""
    memory = call.container.usage().memory // 1024
    await call.out(f"Mem: {memory}K used\nCPU:   0% usr   0% sys   0% nic 100% idle\n  PID USER     COMMAND\n")
    user = call.container.user_name
    rows = call.container.processes.rows()
    await call.out("".join(f"{pid:>5} {user[:8]:<8} {command}\n" for pid, command, _ in rows))
    return 0


COMMANDS = {"ps": ps, "kill": kill, "pgrep": pgrep, "pkill": pkill, "killall": pkill, "top": top}
