"""sleep, date, timeout and uptime: by the cluster's clock."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from grader.embedded.network.waiting import within
from grader.embedded.node.containers.call import Call
from grader.embedded.node.runtime import ExecError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
FOREVER = 10 * 365 * 86400.0


def seconds_of(words: tuple[str, ...]) -> float:
    """The sum of durations such as `10`, `1.5m`, `infinity`. Raises ValueError with the bad word."""
    total = 0.0
    for word in words:
        if word in ("inf", "infinity"):
            total += FOREVER
            continue
        unit = _UNITS.get(word[-1:])
        number = word[:-1] if unit else word
        if not number.replace(".", "", 1).isdigit():
            raise ValueError(word)
        total += float(number) * (unit or 1.0)
    return min(total, FOREVER)


async def sleep(call: Call) -> int:
    if not call.args:
        return await call.fail("missing operand")
    try:
        duration = seconds_of(call.args)
    except ValueError as error:
        if call.container.shell_kind == "ash":
            return await call.fail(f"invalid number '{error}'")
        return await call.fail(f"invalid time interval ‘{error}’")
    await call.container.clock.sleep(duration)
    return 0


async def date(call: Call) -> int:
    """`date [-u] [-d @SECONDS|TIME] [-R|-I|-Is] [+FORMAT]`."""
    moment = call.container.clock.now()
    form = "%a %b %e %H:%M:%S UTC %Y"
    words = list(call.args)
    while words:
        word = words.pop(0)
        if word.startswith("+"):
            form = word[1:]
        elif word in ("-d", "--date") and words:
            try:
                moment = _moment(words.pop(0), moment)
            except ValueError as error:
                return await call.fail(f"invalid date '{error}'")
        elif word == "-R":
            form = "%a, %d %b %Y %H:%M:%S +0000"
        elif word in ("-I", "--iso-8601"):
            form = "%Y-%m-%d"
        elif word in ("-Is", "-Iseconds", "--iso-8601=seconds"):
            form = "%Y-%m-%dT%H:%M:%S+00:00"
        elif word not in ("-u", "--utc"):
            return await call.fail(f"invalid date '{word}'")
    nanoseconds = f"{int(moment % 1 * 1e9):09d}"
    form = form.replace("%3N", nanoseconds[:3]).replace("%N", nanoseconds).replace("%s", str(int(moment)))
    form = form.replace("%Z", "UTC").replace("%z", "+0000")
    await call.out(time.strftime(form, time.gmtime(moment)) + "\n")
    return 0


def _moment(text: str, now: float) -> float:
    if text == "now":
        return now
    if text.startswith("@"):
        return float(text[1:])
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


async def timeout(call: Call) -> int:
    """`timeout [-s SIGNAL] [-k TIME] [-t] SECONDS COMMAND…`: 124 when the command was still running."""
    words = list(call.args)
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in ("-s", "-k") and words:
            words.pop(0)
    if len(words) < 2:
        return await call.fail("missing operand", 125)
    try:
        limit = seconds_of((words[0],))
    except ValueError:
        return await call.fail(f"invalid time interval ‘{words[0]}’", 125)
    try:
        return await within(call.container.clock, limit or None, call.container.spawn(call.with_argv(tuple(words[1:]))))
    except TimeoutError:
        return 143 if call.container.shell_kind == "ash" else 124
    except ExecError:
        return await call.fail(f"failed to run command ‘{words[1]}’: No such file or directory", 127)


async def uptime(call: Call) -> int:
    now = call.container.clock.now()
    minutes = int((now - call.container.started_at) // 60)
    clock = time.strftime("%H:%M:%S", time.gmtime(now))
    await call.out(f" {clock} up {minutes} min,  0 users,  load average: 0.00, 0.00, 0.00\n")
    return 0


async def watch(call: Call) -> int:
    """`watch [-n SECONDS] COMMAND…`: again and again until interrupted."""
    words = list(call.args)
    period = 2.0
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option.startswith("-n"):
            period = seconds_of((option[2:] or words.pop(0),))
    if not words:
        return await call.fail("missing command")
    while True:
        await call.out(f"\x1b[H\x1b[JEvery {period:.1f}s: {' '.join(words)}\n\n")
        await call.container.spawn(call.with_argv(("sh", "-c", " ".join(words))))
        await call.container.clock.sleep(max(period, 0.1))
        await asyncio.sleep(0)


COMMANDS = {"sleep": sleep, "date": date, "timeout": timeout, "uptime": uptime, "watch": watch}
