"""Who and where a command runs: id, whoami, hostname, uname, groups, tty."""

from __future__ import annotations

from grader.embedded.node.containers.call import Call

KERNEL = "6.12.0"
_UNAME = {"s": "Linux", "r": KERNEL, "v": "#1 SMP PREEMPT_DYNAMIC", "m": "x86_64", "o": "GNU/Linux"}


async def whoami(call: Call) -> int:
    uid = call.container.user[0]
    name = call.container.accounts.name_of(uid)
    if name is None:
        if call.container.shell_kind == "ash":
            return await call.fail(f"unknown uid {uid}")
        return await call.fail(f"cannot find name for user ID {uid}")
    await call.out(name + "\n")
    return 0


async def identify(call: Call) -> int:
    """`id [-u|-g|-G] [-n]`."""
    container = call.container
    uid, gid, groups = container.user
    options = "".join(word[1:] for word in call.args if word.startswith("-"))
    user = container.accounts.name_of(uid) or ""
    group = container.accounts.group_name_of(gid) or ""
    named = "n" in options
    if "u" in options:
        text = (user or str(uid)) if named else str(uid)
    elif "g" in options:
        text = (group or str(gid)) if named else str(gid)
    elif "G" in options:
        text = " ".join((container.accounts.group_name_of(g) or str(g)) if named else str(g) for g in groups)
    else:
        every = ",".join(_named(g, container.accounts.group_name_of(g)) for g in groups)
        text = f"uid={_named(uid, user)} gid={_named(gid, group)}" + (f" groups={every}" if every else "")
    await call.out(text + "\n")
    return 0


def _named(number: int, name: str | None) -> str:
    return f"{number}({name})" if name else str(number)


async def groups(call: Call) -> int:
    names = [call.container.accounts.group_name_of(group) or str(group) for group in call.container.user[2]]
    await call.out(" ".join(names) + "\n")
    return 0


async def hostname(call: Call) -> int:
    """`hostname [-f|-s|-i|-I|-d]`."""
    config = call.container.config
    option = call.args[0] if call.args else ""
    if option in ("-i", "-I", "--ip-address", "--all-ip-addresses"):
        await call.out(config.pod_ip + (" \n" if option == "-I" else "\n"))
    elif option in ("-f", "--fqdn"):
        await call.out(call.container.fqdn + "\n")
    elif option in ("-d", "--domain"):
        await call.out(call.container.fqdn.partition(".")[2] + "\n")
    elif option in ("", "-s", "--short"):
        await call.out((config.hostname.partition(".")[0] if option else config.hostname) + "\n")
    elif option.startswith("-"):
        return await call.fail(f"invalid option -- '{option[1:2]}'")
    else:
        return await call.fail("sethostname: Operation not permitted")
    return 0


async def uname(call: Call) -> int:
    """`uname [-asnrvmo]`."""
    letters = "".join(word.lstrip("-")[:8] for word in call.args) or "s"
    values = {**_UNAME, "n": call.container.config.hostname}
    order = "snrvmo" if "a" in letters else [letter for letter in "snrvmo" if letter in letters]
    await call.out(" ".join(values[letter] for letter in order) + "\n")
    return 0


async def arch(call: Call) -> int:
    await call.out("x86_64\n")
    return 0


async def tty(call: Call) -> int:
    await call.out("/dev/pts/0\n" if call.tty else "not a tty\n")
    return 0 if call.tty else 1


COMMANDS = {
    "whoami": whoami,
    "id": identify,
    "groups": groups,
    "hostname": hostname,
    "uname": uname,
    "arch": arch,
    "tty": tty,
}
