"""stress and stress-ng: use memory until the limit kills the container, or wait out the time."""

from __future__ import annotations

from grader.embedded.node.containers.call import Call
from grader.embedded.node.containers.commands.timing import FOREVER, seconds_of

_UNITS = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_DEFAULT = 256 * 1024**2
_FILL_SECONDS = 0.5


async def stress(call: Call) -> int:
    """`stress [--cpu N] [--vm N] [--vm-bytes SIZE] [--vm-hang S] [--timeout T]`."""
    values = _values(call.args)
    try:
        workers = int(values.get("vm", "0"))
        size = _bytes(values.get("vm-bytes", "")) if workers else 0
        duration = seconds_of((values["timeout"],)) if "timeout" in values else FOREVER
    except ValueError as error:
        return await call.fail(f"FAIL: [1] unrecognized option: {error}")
    counts = {name: values.get(name, "0") for name in ("cpu", "io", "vm", "hdd")}
    told = ", ".join(f"{number} {name}" for name, number in counts.items())
    await call.out(f"stress: info: [1] dispatching hogs: {told}\n")
    limit = call.container.config.memory_limit
    if limit is not None and workers * size > limit:
        await call.container.clock.sleep(_FILL_SECONDS)
        call.container.kill(oom=True)
        return 137
    await call.container.clock.sleep(duration)
    await call.out("stress: info: [1] successful run completed\n")
    return 0


def _values(args: tuple[str, ...]) -> dict[str, str]:
    short = {"-m": "vm", "-c": "cpu", "-i": "io", "-d": "hdd", "-t": "timeout"}
    values: dict[str, str] = {}
    words = list(args)
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        key = short.get(name, name.removeprefix("--"))
        if word.startswith("-") and key not in ("verbose", "v", "quiet", "q", "vm-keep"):
            values[key] = value if equals else words.pop(0) if words else ""
    return values


def _bytes(text: str) -> int:
    if not text:
        return _DEFAULT
    unit = _UNITS.get(text[-1].lower())
    number = text[:-1] if unit else text
    if not number.isdigit():
        raise ValueError(text)
    return int(number) * (unit or 1)


COMMANDS = {"stress": stress, "stress-ng": stress}
