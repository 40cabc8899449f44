"""Resource quantities: exact values of texts such as `100m`, `1.5Gi` and `2e3`, and their canonical form.

Meaning and canonical form follow "Quantity resource core" of the Kubernetes API reference
(k8s.io/docs/reference/kubernetes-api/common-definitions/quantity). Values are `Fraction`s, always whole numbers
of nano-units, so that sums and comparisons are exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, MutableMapping
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Any, NamedTuple


class QuantityError(ValueError):
    """A text that is no quantity; the words are the API server's."""


class Form(Enum):
    """How a quantity is written: `1k`, `1Ki` or `1e3`."""

    DECIMAL = "DecimalSI"
    BINARY = "BinarySI"
    EXPONENT = "DecimalExponent"


class Quantity(NamedTuple):
    """A parsed quantity. `text` is its canonical form."""

    amount: Fraction
    form: Form
    text: str


_WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_WRONG_SUFFIX = "unable to parse quantity's suffix"
_NOT_NUMERIC = "unable to parse numeric part of quantity"

_TEXT = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)\Z")
_DECIMAL_POWERS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY_POWERS = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_SUFFIXES = {power: suffix for suffix, power in _DECIMAL_POWERS.items()}
_BINARY_SUFFIXES = {power: suffix for suffix, power in _BINARY_POWERS.items()}

_LONGEST_TEXT = 256
_LARGEST_EXPONENT = 256
_MAX_BINARY = Fraction(2**63 - 1)
_NANO = 10**9
_EXACT_DIGITS = 18  # of the server's fast path, which keeps the text of a number that needs no rewriting


@lru_cache(maxsize=4096)
def _parse(text: str) -> Quantity:
    if not text or len(text) > _LONGEST_TEXT:
        raise QuantityError(_WRONG_FORMAT)
    if text == "0":
        return Quantity(Fraction(0), Form.DECIMAL, text)
    match = _TEXT.match(text)
    if match is None:
        raise QuantityError(_WRONG_FORMAT)
    sign, whole, decimals, suffix = match.group(1), match.group(2), match.group(3) or "", match.group(4)
    power, form = _interpret(suffix)
    if not whole and not decimals:
        if suffix or match.group(3) is not None:
            raise QuantityError(_NOT_NUMERIC)
        return Quantity(Fraction(0), form, "0")
    digits = whole.lstrip("0") or "0"
    value = int(digits + decimals)
    multiplier = Fraction(2) ** power if form is Form.BINARY else Fraction(10) ** power
    amount = value * multiplier / 10 ** len(decimals)
    amount = Fraction(ceil(amount * _NANO), _NANO)
    if form is Form.BINARY:
        amount = min(amount, _MAX_BINARY)
        if 0 < amount < 1:
            form = Form.DECIMAL
    if sign == "-":
        amount = -amount
    kept = _is_kept(digits, decimals, power, form)
    return Quantity(amount, form, text if kept else format_quantity(amount, form))


def _interpret(suffix: str) -> tuple[int, Form]:
    """The power of a suffix (of ten, or of two for the binary form)."""
    if suffix in _DECIMAL_POWERS:
        return _DECIMAL_POWERS[suffix], Form.DECIMAL
    if suffix in _BINARY_POWERS:
        return _BINARY_POWERS[suffix], Form.BINARY
    if len(suffix) > 1 and suffix[0] in "eE" and re.fullmatch(r"[+-]?[0-9]{1,18}", suffix[1:]):
        power = int(suffix[1:])
        if abs(power) <= _LARGEST_EXPONENT:
            return power, Form.EXPONENT
    raise QuantityError(_WRONG_SUFFIX)


def _is_kept(digits: str, decimals: str, power: int, form: Form) -> bool:
    """Whether the server keeps a text as it was written: a number that is canonical enough at first sight."""
    if form is Form.BINARY:
        fast = not decimals and 14 - len(digits) - int(power * 0.3) >= 0
        return fast and int(digits) & 7 != 0
    shifted = digits + decimals
    scale = power - len(decimals)
    if len(shifted) > _EXACT_DIGITS or scale < -9 or scale % 3:
        return False
    return not shifted.endswith("000") and shifted[0] != "0"


def parse_quantity(value: str | int | float) -> Fraction:
    """The exact value of a quantity, as JSON gives it. Raises QuantityError, in the server's words."""
    return _parse(value if isinstance(value, str) else str(value)).amount


def canonical_quantity(value: str | int | float) -> str:
    """A quantity as the API server prints it: `1000m` becomes `1`, `1024Mi` becomes `1Gi`. Raises QuantityError."""
    return _parse(value if isinstance(value, str) else str(value)).text


def form_of(value: str | int | float) -> Form:
    """How a quantity is written. Raises QuantityError."""
    return _parse(value if isinstance(value, str) else str(value)).form


def format_quantity(amount: Fraction | int, form: Form = Form.DECIMAL) -> str:
    """The canonical text of an amount: whole number, largest suffix that loses nothing."""
    amount = Fraction(amount)
    if amount == 0:
        return "0"
    if form is Form.BINARY and abs(amount) >= 1024 and amount.denominator == 1:
        number, power = _without_factors(amount.numerator, 1024)
        steps = min(power, 6)
        return f"{number * 1024 ** (power - steps)}{_BINARY_SUFFIXES.get(steps * 10, '')}"
    number, power = _without_factors(ceil(abs(amount) * _NANO), 10)
    shift = power % 3
    number, power = number * 10**shift, power - shift - 9
    sign = "-" if amount < 0 else ""
    if form is Form.EXPONENT:
        return f"{sign}{number}e{power}" if power else f"{sign}{number}"
    if power > 18:
        number, power = number * 10 ** (power - 18), 18
    return f"{sign}{number}{_DECIMAL_SUFFIXES[power]}"


def _without_factors(number: int, factor: int) -> tuple[int, int]:
    """`number` with all factors taken out, and how often they went."""
    times = 0
    while number % factor == 0:
        number //= factor
        times += 1
    return number, times


def whole(value: str | int | float) -> int:
    """A quantity rounded away from zero to a whole number (bytes, pods, cores)."""
    amount = parse_quantity(value)
    return ceil(amount) if amount >= 0 else -ceil(-amount)


def milli(value: str | int | float) -> int:
    """A quantity in thousandths, rounded away from zero (millicores)."""
    amount = parse_quantity(value) * 1000
    return ceil(amount) if amount >= 0 else -ceil(-amount)


def sum_quantities(values: Iterable[str | int | float]) -> str:
    """The sum in the form of its first summand that is not zero."""
    total, form = Fraction(0), Form.DECIMAL
    for value in values:
        if total == 0:
            form = form_of(value)
        total += parse_quantity(value)
    return format_quantity(total, form)


def canonical_resources(resources: MutableMapping[str, Any] | None) -> None:
    """Rewrite a resource list (`{"cpu": "1000m"}`) in place: canonical texts, nothing finer than a thousandth.

    Texts that are no quantities stay as they are: decoding refuses them before.
    """
    for name, value in (resources or {}).items():
        try:
            quantity = _parse(value if isinstance(value, str) else str(value))
        except QuantityError:
            continue
        if (quantity.amount * 1000).denominator == 1:
            text = quantity.text
        else:
            text = format_quantity(Fraction(milli(quantity.text), 1000), quantity.form)
        if text is not value:
            resources[name] = text  # type: ignore[index]
