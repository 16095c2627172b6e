"""Decimal arithmetic: the one constructor, the one rounding, and the few sums that every bill is made of.

What belongs here: exact arithmetic on amounts, and how an amount is written. What does not: which amount a line gets
(bills), or which difference is tolerable (matching, the lifecycle decision).

Amounts are in the currency of their document. No float passes: :func:`decimal` refuses one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation, Overflow
from functools import lru_cache

# Quantities and unit costs hold 28 digits each (frames/table.py); at 80, products and sums of them stay exact.
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Overflow])
_UNROUNDED = Context(prec=80, traps=[InvalidOperation, Overflow, Inexact])
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


def decimal(value: str | int | Decimal) -> Decimal:
    """The exact decimal of a number or of its plain text (``-1234.50``; no exponent, separator or currency sign).

    Raises ``TypeError`` for floats, booleans and anything that is no number, ``ValueError`` for text that is no plain
    number and for infinities and NaN.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        message = f"an amount has to be text, a whole number or a Decimal, not {type(value).__name__}"
        raise TypeError(message)
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            message = f"{value!r} is not a plain number such as 1234.50"
            raise ValueError(message)
        return Decimal(text)
    number = Decimal(value)
    if not number.is_finite():
        message = f"{number} is not an amount"
        raise ValueError(message)
    return number


def rounded(value: Decimal, places: int = 2) -> Decimal:
    """``value`` at ``places`` decimals, halves away from zero: the only rounding of the project. Never minus zero."""
    result = value.quantize(_one_at(places), context=_EXACT)
    return abs(result) if result.is_zero() else result


@lru_cache
def _one_at(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def product(first: Decimal, second: Decimal) -> Decimal:
    """``first`` times ``second``, exact (the default context would cut it at 28 digits)."""
    return _UNROUNDED.multiply(first, second)


def total(values: Iterable[Decimal]) -> Decimal:
    """The exact sum of ``values``; zero for none."""
    result = Decimal(0)
    for value in values:
        result = _UNROUNDED.add(result, value)
    return result


def by_currency(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Exact sums of (currency code, amount) pairs, in order of currency; different currencies are never added up."""
    groups: dict[str, list[Decimal]] = {}
    for currency, amount in amounts:
        groups.setdefault(currency, []).append(amount)
    return {currency: total(groups[currency]) for currency in sorted(groups)}


def line_net(quantity: Decimal, unit_amount: Decimal) -> Decimal:
    """A line's amount before tax, to the cent."""
    return rounded(product(quantity, unit_amount))


def line_tax(net: Decimal, rate_percent: Decimal) -> Decimal:
    """Tax on a line's net amount, to the cent. Xero rounds tax a line, then adds up, and so do we."""
    return rounded(product(net, rate_percent).scaleb(-2, context=_UNROUNDED))


def fits(value: Decimal, places: int) -> bool:
    """Whether ``value`` is exact at ``places`` decimals."""
    return rounded(value, places) == value


def amount_text(value: Decimal) -> str:
    """An amount for programs, and for what is compared later: two decimals, no separators (``1234.50``)."""
    return f"{rounded(value, 2):f}"


def money_text(value: Decimal, currency: str = "") -> str:
    """An amount for people, wherever they read one: ``1,234.50 AUD``; bare where a heading names the currency."""
    return f"{rounded(value, 2):,f} {currency}".rstrip()


def moneys_text(figures: Mapping[str, Decimal], first: str = "", *, none: str = "nothing") -> str:
    """Amounts by currency for people: ``1,234.50 AUD, 99.00 USD``, ``first`` leading; ``none`` for no money."""
    codes = sorted(figures, key=lambda code: (code != first, code))
    return ", ".join(money_text(figures[code], code) for code in codes if figures[code]) or none


def price_text(value: Decimal) -> str:
    """The price of one piece for people: exact, two decimals at least (``1,234.50``, ``0.3333``)."""
    whole, _, fraction = plain(value, least=2).partition(".")
    return f"{Decimal(whole):,f}.{fraction}" if Decimal(whole) else f"{whole}.{fraction}"


def unit_text(value: Decimal) -> str:
    """A unit amount for programs: two decimals, up to four where they say something (``0.3333``, ``12.50``)."""
    return plain(value, least=2, most=4)


@lru_cache(maxsize=65_536)  # the same quantities and costs are written many times over
def plain(value: Decimal, *, least: int = 0, most: int = 10) -> str:
    """``value`` with ``least`` to ``most`` decimals, without idle zeros: a quantity reads ``3``, not ``3.00``."""
    whole, _, fraction = f"{rounded(value, most):f}".partition(".")
    fraction = fraction.rstrip("0").ljust(least, "0")
    return f"{whole}.{fraction}" if fraction else whole
