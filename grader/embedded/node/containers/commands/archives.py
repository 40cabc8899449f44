"""tar: bytes in and out of the container's files, as `kubectl cp` needs it."""

from __future__ import annotations

import io
import posixpath
from typing import TYPE_CHECKING

from grader.embedded.node.containers.call import Call

if TYPE_CHECKING:
    import tarfile

_MAX_FILES = 10_000


async def tar(call: Call) -> int:
    """`tar {c|x|t}[mvzpf] [FILE] [-C FOLDER] [NAME…]`, old-style options or with a dash."""
    import tarfile

    letters, archive, folder, names = _options(call.args)
    base = call.path(folder)
    if "c" in letters:
        return await _create(call, letters, archive, base, names)
    data = await _archive(call, archive)
    if data is None:
        return await call.fail(f"can't open '{archive}': No such file or directory")
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as file:
            for member in file:
                if "t" in letters:
                    await call.out(member.name + ("/" if member.isdir() else "") + "\n")
                elif "x" in letters:
                    await _extract(call, file, member, base, verbose="v" in letters)
    except tarfile.TarError:
        return await call.fail("invalid tar magic" if data else "short read")
    except OSError as error:
        return await call.fail(f"can't open: {error.strerror or error}")
    return 0


def _options(args: tuple[str, ...]) -> tuple[str, str, str, list[str]]:
    """Letters, archive (`-` for a stream), folder, names."""
    letters, archive, folder = "", "-", "."
    names: list[str] = []
    words = list(args)
    if words and not words[0].startswith("-"):
        words[0] = "-" + words[0]
    while words:
        word = words.pop(0)
        if word == "-C" and words:
            folder = words.pop(0)
        elif word == "--" or word.startswith("--"):
            continue
        elif word.startswith("-") and len(word) > 1:
            letters += word[1:]
            if word.endswith("f") and words:
                archive = words.pop(0)
        else:
            names.append(word)
    return letters, archive, folder, names


async def _archive(call: Call, name: str) -> bytes | None:
    return await call.read_all() if name == "-" else call.container.files.read(call.path(name))


async def _extract(call: Call, file: tarfile.TarFile, member: tarfile.TarInfo, base: str, *, verbose: bool) -> None:
    path = posixpath.normpath(posixpath.join(base, member.name.lstrip("/")))
    if path != base and not path.startswith(base.rstrip("/") + "/"):
        return
    if verbose:
        await call.err(member.name + "\n")
    if member.isdir():
        call.container.files.make_folder(path)
    elif member.isfile():
        content = file.extractfile(member)
        call.container.files.write(path, content.read() if content else b"")


async def _create(call: Call, letters: str, archive: str, base: str, names: list[str]) -> int:
    import tarfile

    target = io.BytesIO()
    code = 0
    with tarfile.open(fileobj=target, mode="w:gz" if "z" in letters else "w", format=tarfile.GNU_FORMAT) as file:
        for name in names:
            path = posixpath.normpath(posixpath.join(base, name))
            inside = posixpath.normpath(name).lstrip("/") or "."
            if not _add(call, file, path, inside, 0):
                code = await call.fail(f"{name}: No such file or directory")
    data = target.getvalue()
    if archive == "-":
        await call.out(data)
    else:
        call.container.files.write(call.path(archive), data)
    return code


def _add(call: Call, file: tarfile.TarFile, path: str, name: str, depth: int) -> bool:
    import tarfile

    files = call.container.files
    info = tarfile.TarInfo(name)
    info.mtime = int(call.container.clock.now())
    data = files.read(path)
    if data is not None:
        info.size = len(data)
        info.mode = 0o755 if files.executable(path) else 0o644
        file.addfile(info, io.BytesIO(data))
        return True
    if not files.is_folder(path) or depth > 64 or len(file.getnames()) > _MAX_FILES:
        return False
    info.type = tarfile.DIRTYPE
    info.mode = 0o755
    file.addfile(info)
    for entry in files.listing(path):
        _add(call, file, posixpath.join(path, entry), posixpath.join(name, entry), depth + 1)
    return True


COMMANDS = {"tar": tar}
