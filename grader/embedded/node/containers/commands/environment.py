"""env and printenv: the container's environment without what the simulated shell adds to it."""

from __future__ import annotations

from grader.embedded.node.containers.call import Call
from grader.embedded.node.runtime import ExecError


async def env(call: Call) -> int:
    """`env [-i] [-u NAME] [NAME=VALUE…] [COMMAND…]`."""
    words = list(call.args)
    values = dict(call.env)
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in ("-i", "-", "--ignore-environment"):
            values = {}
        elif option in ("-u", "--unset") and words:
            values.pop(words.pop(0), None)
        elif option == "-0":
            continue
        else:
            return await call.fail(f"invalid option -- '{option.lstrip('-')[:1]}'", 125)
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        values[name] = value
    if not words:
        await call.out("".join(f"{name}={value}\n" for name, value in values.items()))
        return 0
    try:
        return await call.container.spawn(call.with_argv(tuple(words)), env=values)
    except ExecError:
        return await call.fail(f"can't execute '{words[0]}': No such file or directory", 127)


async def printenv(call: Call) -> int:
    """`printenv [NAME…]`: 1 when a name is not set."""
    names = [word for word in call.args if not word.startswith("-")]
    if not names:
        await call.out("".join(f"{name}={value}\n" for name, value in call.env.items()))
        return 0
    found = [call.env[name] for name in names if name in call.env]
    await call.out("".join(f"{value}\n" for value in found))
    return 0 if len(found) == len(names) else 1


COMMANDS = {"env": env, "printenv": printenv}
