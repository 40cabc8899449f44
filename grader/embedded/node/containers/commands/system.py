"""What the machine looks like from inside: df, free, mount, nproc, dmesg."""

from __future__ import annotations

from grader.embedded.node.containers.call import Call

_DISK = 100 * 1024 * 1024
_MEMORY = 8 * 1024 * 1024


async def df(call: Call) -> int:
    """`df [-h] [PATH…]`: the root and the volumes."""
    human = any(word.startswith("-") and "h" in word for word in call.args)
    rows = [("overlay", "/")]
    rows += [("tmpfs" if memory else "/dev/vda1", path) for path, memory in call.container.files.mount_points()]
    title = "Size      Used Available Use% Mounted on" if human else "1K-blocks      Used Available Use% Mounted on"
    lines = [f"Filesystem           {title}"]
    for source, path in rows:
        size, used = ("100.0G", "20.0G") if human else (str(_DISK), str(_DISK // 5))
        free = "80.0G" if human else str(_DISK // 5 * 4)
        lines.append(f"{source:<20} {size:>9} {used:>9} {free:>9}  20% {path}")
    await call.out("\n".join(lines) + "\n")
    return 0


async def free(call: Call) -> int:
    """`free [-m]`: of the node, as in a real container."""
    scale = 1024 if "-m" in call.args else 1
    total, used = _MEMORY // scale, _MEMORY // 4 // scale
    await call.out("              total        used        free      shared  buff/cache   available\n")
    await call.out(
        f"Mem:     {total:>10}  {used:>10}  {total - used:>10}           0           0  {total - used:>10}\n"
    )
    await call.out("Swap:             0           0           0\n")
    return 0


async def mount(call: Call) -> int:
    """The root and the volumes, with their options."""
    if any(not word.startswith("-") for word in call.args):
        return await call.fail("permission denied (are you root?)")
    mode = "ro" if call.container.config.read_only_root else "rw"
    lines = [
        f"overlay on / type overlay ({mode},relatime)",
        "proc on /proc type proc (rw,nosuid,nodev,noexec,relatime)",
    ]
    for mounted in sorted(call.container.config.mounts, key=lambda item: item.path):
        kind = "tmpfs" if getattr(mounted.volume, "in_memory", False) else "ext4"
        source = "tmpfs" if kind == "tmpfs" else "/dev/vda1"
        lines.append(f"{source} on {mounted.path} type {kind} ({'ro' if mounted.read_only else 'rw'},relatime)")
    await call.out("\n".join(lines) + "\n")
    return 0


async def nproc(call: Call) -> int:
    await call.out("2\n")
    return 0


async def dmesg(call: Call) -> int:
    return await call.fail("klogctl: Operation not permitted")


COMMANDS = {"df": df, "free": free, "mount": mount, "nproc": nproc, "dmesg": dmesg}
