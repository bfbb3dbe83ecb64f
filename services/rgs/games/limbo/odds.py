"""How high limbo falls from: a multiplier m or more comes up as often as the rate of return divided by m."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from shared.fair.floats import UNIT

LEAST: Final = 100
"""In hundredths, as all outcomes and targets: nothing lower comes up."""


def outcome(numerator: int, rtp: Fraction) -> int:
    """floor(100 × rtp ÷ float); a float of 0 is read as the smallest there is, 1 over 2**32."""
    return max(LEAST, 100 * rtp.numerator * UNIT // (rtp.denominator * (numerator or 1)))


def winning(target: int, rtp: Fraction) -> int:
    """How many of the 2**32 floats reach a target above LEAST.

    floor(x) is at least a whole number if x is, so these are the numerators up to 100 × rtp × 2**32 ÷ target, and 0.
    """
    return 100 * rtp.numerator * UNIT // (rtp.denominator * target) + 1


def multiplier(target: int) -> Fraction:
    """What a bet that wins pays for one unit: the target."""
    return Fraction(target, 100)
