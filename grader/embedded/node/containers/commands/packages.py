"""Package managers: there is no internet in the cluster, and they say so as they would."""

from __future__ import annotations

from grader.embedded.node.containers.call import Call

_NETWORK_SECONDS = 5.0


async def apk(call: Call) -> int:
    """Alpine's package manager without a mirror."""
    if call.args[:1] in (("add",), ("update",), ("upgrade",)):
        await call.container.clock.sleep(_NETWORK_SECONDS)
        for name in ("main", "community"):
            url = f"https://dl-cdn.alpinelinux.org/alpine/v3.22/{name}"
            await call.err(f"WARNING: updating and opening {url}: temporary error (try again later)\n")
        names = [word for word in call.args[1:] if not word.startswith("-")]
        if names:
            await call.err("ERROR: unable to select packages:\n")
            await call.err("".join(f"  {name} (no such package):\n    required by: world[{name}]\n" for name in names))
        return max(len(names), 1)
    await call.out("apk-tools 2.14.9, compiled for x86_64.\n")
    return 0


async def apt(call: Call) -> int:
    """Debian's package managers without a mirror."""
    words = [word for word in call.args if not word.startswith("-")]
    if words[:1] == ["update"]:
        await call.container.clock.sleep(_NETWORK_SECONDS)
        await call.err("W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  ")
        await call.err("Temporary failure resolving 'deb.debian.org'\n")
        await call.err("W: Some index files failed to download. They have been ignored, or old ones used instead.\n")
        return 0
    if words[:1] == ["install"]:
        await call.out("Reading package lists... Done\nBuilding dependency tree... Done\n")
        await call.err("".join(f"E: Unable to locate package {name}\n" for name in words[1:]))
        return 100
    await call.out("apt 2.6.1 (amd64)\n")
    return 0


COMMANDS = {"apk": apk, "apt": apt, "apt-get": apt}
