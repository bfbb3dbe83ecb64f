"""Amounts of money: whole units inside, decimals only where people and other systems read and write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

LARGEST_UNITS: Final = 2**53
"""The largest integer that every JSON reader keeps exact."""
LARGEST_SCALE: Final = 18
MICRO_SCALE: Final = 6
MICRO: Final = 10**MICRO_SCALE
"""Micro-units in one whole: jackpot pools are counted in these."""
_LONGEST_TEXT: Final = 40
_DECIMAL: Final = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?")


class BadAmount(ValueError):
    """This is not an amount; the text says why, and is fit to be shown to whoever sent it."""


def parse(amount: str | int | Decimal, scale: int, *, signed: bool = False) -> int:
    """Read an amount such as `12.50` as whole smallest units, exactly.

    Args:
        amount: decimal text, or a JSON number read as int or Decimal; never a float.
        scale: how many decimals the asset has, 0 … 18.
        signed: whether it may be below zero.

    Returns:
        Units of 10**-scale, at most 2**53 either way.

    Raises:
        BadAmount: it has an exponent, more decimals than `scale`, an unwanted sign, or is too large or no number.
        ValueError: the scale is impossible.
    """
    _check_scale(scale)
    found = _DECIMAL.fullmatch(_text_of(amount))
    if found is None:
        raise BadAmount("must be a plain decimal number such as 12.50, without exponent")
    sign, whole, decimals = found[1], found[2], found[3] or ""
    if sign and not signed:
        raise BadAmount("must not be negative")
    if len(decimals) > scale:
        raise BadAmount(f"has {len(decimals)} decimals, at most {scale} are allowed")
    units = int(whole + decimals.ljust(scale, "0"))
    if units > LARGEST_UNITS:
        raise BadAmount("is too large")
    return -units if sign else units


def render(units: int, scale: int) -> str:
    """Write whole smallest units as decimal text with all its decimals: 1250 at scale 2 is `12.50`.

    Raises:
        ValueError: the scale is impossible.
    """
    _check_scale(scale)
    digits = str(abs(units)).rjust(scale + 1, "0")
    whole, decimals = digits[: len(digits) - scale], digits[len(digits) - scale :]
    return ("-" if units < 0 else "") + whole + ("." + decimals if scale else "")


def split(pool: int, shares: Sequence[int]) -> list[int]:
    """Divide a pool in proportion to whole shares; what rounding leaves over goes to the first that has one.

    Args:
        pool: smallest units, not negative.
        shares: one for each receiver, not negative, not all 0.

    Returns:
        Smallest units for each, in the same order; they add up to the pool.

    Raises:
        ValueError: the pool or a share is negative, or nobody has a share.
    """
    if pool < 0 or any(share < 0 for share in shares):
        raise ValueError("a pool and its shares are not negative")
    total = sum(shares)
    if total == 0:
        raise ValueError("nobody has a share, so the pool cannot be divided")
    parts = [pool * share // total for share in shares]
    first = next(index for index, share in enumerate(shares) if share)
    parts[first] += pool - sum(parts)
    return parts


def _text_of(amount: str | int | Decimal) -> str:
    if isinstance(amount, str):
        text = amount
    elif isinstance(amount, Decimal):
        text = _plain(amount)
    elif type(amount) is int:
        if abs(amount) > LARGEST_UNITS:  # before it becomes text, which Python refuses for huge numbers
            raise BadAmount("is too large")
        text = str(amount)
    else:
        raise BadAmount("must be decimal text or an exact number")
    if len(text) > _LONGEST_TEXT:
        raise BadAmount("is too long")
    return text


def _plain(amount: Decimal) -> str:
    """A Decimal without exponent; one that was written with a power of ten stays as it is, to be refused."""
    exponent = amount.as_tuple().exponent
    return format(amount, "f") if isinstance(exponent, int) and -LARGEST_SCALE <= exponent <= 0 else str(amount)


def _check_scale(scale: int) -> None:
    if not 0 <= scale <= LARGEST_SCALE:
        raise ValueError(f"an asset has 0 to {LARGEST_SCALE} decimals, not {scale}")
