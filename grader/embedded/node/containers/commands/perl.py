"""perl, for the one program that Kubernetes' own documentation runs: digits of pi in a Job.

k8s.io/docs/concepts/workloads/controllers/job; any other program is refused.
"""

from __future__ import annotations

import re

from grader.embedded.node.containers.call import Call

_PI = re.compile(r"\s*print\s+bpi\((\d{1,5})\);?\s*")
_MAX_DIGITS = 10_000


async def perl(call: Call) -> int:
    """`perl -Mbignum=bpi -wle "print bpi(DIGITS)"` and `perl -v`."""
    if call.args[:1] == ("-v",):
        await call.out(f"\nThis is perl 5, version {call.container.spec.version}\n")
        return 0
    match = _PI.fullmatch(call.args[-1]) if call.args else None
    if match is None:
        return await call.fail("only `print bpi(DIGITS)` is simulated in this container", 126)
    await call.out(pi(min(int(match[1]), _MAX_DIGITS)) + "\n")
    return 0


def pi(digits: int) -> str:
    """Pi with so many significant digits, rounded, by Machin's formula in integers."""
    if digits <= 1:
        return "3"
    one = 10 ** (digits + 10)
    value = 4 * (4 * _arctan_inverse(5, one) - _arctan_inverse(239, one))
    rounded = str((value + 5 * 10**10) // 10**11)
    return f"{rounded[0]}.{rounded[1:]}"


def _arctan_inverse(number: int, one: int) -> int:
    term = one // number
    total, divisor, sign = term, 1, 1
    while term:
        term //= number * number
        divisor += 2
        sign = -sign
        total += sign * (term // divisor)
    return total


COMMANDS = {"perl": perl}
