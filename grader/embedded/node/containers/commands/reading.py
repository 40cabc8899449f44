"""cat and tail: cat because probes run it by the thousand, tail because bashkit's does not follow."""

from __future__ import annotations

from grader.embedded.node.containers.call import Call

_PERIOD = 1.0


async def tail(call: Call) -> int:
    """`tail [-n [+]N | -c N | -N] [-f|-F] [-q] [FILE…]`."""
    count, bytes_only, follow, names, bad = _options(call.args)
    if bad:
        return await call.fail(f"invalid option -- '{bad}'")
    if not names:
        await call.out(_end(await call.read_all(), count, bytes_only))
        return 0
    code = 0
    positions: dict[str, int] = {}
    for index, name in enumerate(names):
        path = call.path(name)
        if path == "/dev/null":
            positions[path] = 0
            continue
        data = call.container.files.read(path)
        if data is None:
            code = await _absent(call, name)
            continue
        if len(names) > 1:
            await call.out(f"{chr(10) if index else ''}==> {name} <==\n")
        positions[path] = len(data)
        await call.out(_end(data, count, bytes_only))
    while follow and positions:
        await call.container.clock.sleep(_PERIOD if set(positions) != {"/dev/null"} else 3600.0)
        for path, position in positions.items():
            data = call.container.files.read(path) or b""
            if len(data) != position:
                await call.out(data[position:] if len(data) > position else data)
                positions[path] = len(data)
    return code


def _options(args: tuple[str, ...]) -> tuple[str, bool, bool, list[str], str]:
    """Count (with its sign), whether it counts bytes, whether to follow, files, and a bad option's letter."""
    count, bytes_only, follow = "10", False, False
    names: list[str] = []
    words = list(args)
    while words:
        word = words.pop(0)
        if word in ("-f", "-F", "--follow", "-s", "--retry"):
            follow = True
        elif word.startswith(("-n", "-c")):
            bytes_only = word.startswith("-c")
            count = word[2:] or (words.pop(0) if words else "10")
        elif word.startswith("--lines="):
            count = word[8:]
        elif word[:1] == "-" and word[1:].rstrip("f").isdigit():
            count, follow = word[1:].rstrip("f"), follow or word.endswith("f")
        elif word in ("-q", "-v"):
            continue
        elif word.startswith("-") and len(word) > 1:
            if word[-1] in "fF" and word[1:-1].startswith("n"):
                count, follow = word[2:-1] or "10", True
                continue
            return count, bytes_only, follow, names, word[1]
        else:
            names.append(word)
    return count, bytes_only, follow, names, ""


def _end(data: bytes, count: str, bytes_only: bool) -> bytes:
    digits = count.lstrip("+-")
    number = int(digits) if digits.isdigit() else 10
    if count.startswith("+"):
        return data[max(number - 1, 0) :] if bytes_only else b"".join(data.splitlines(True)[max(number - 1, 0) :])
    if not number:
        return b""
    return data[-number:] if bytes_only else b"".join(data.splitlines(True)[-number:])


async def _absent(call: Call, name: str) -> int:
    if call.container.shell_kind == "ash":
        return await call.fail(
            f"can't open '{name}': No such file or directory"
            if call.name == "cat"
            else f"{name}: No such file or directory"
        )
    if call.name == "cat":
        return await call.fail(f"{name}: No such file or directory")
    return await call.fail(f"cannot open '{name}' for reading: No such file or directory")


async def cat(call: Call) -> int:
    """Plain `cat FILE…`, for commands that run outside any shell; with options or input it is bashkit's."""
    code = 0
    for name in call.args:
        path = call.path(name)
        data = call.container.files.read(path)
        if data is not None:
            await call.out(data)
        elif call.container.files.is_folder(path):
            code = await call.fail(
                "read error: Is a directory" if call.container.shell_kind == "ash" else f"{name}: Is a directory"
            )
        else:
            code = await _absent(call, name)
    return code


COMMANDS = {"tail": tail}
