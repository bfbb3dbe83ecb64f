"""Limbo: the multiplier that fell, and whether it reaches the target."""

from __future__ import annotations

from fractions import Fraction

from shared.fair.round_checker.asked import Asked, Found, Unreadable, decimal
from shared.fair.round_checker.chance import WHOLE


def found(asked: Asked) -> Found:
    """The outcome is floor(100 × rate of return / float) hundredths, at least 1.00. Raises Unreadable."""
    hundredths = max(100, asked.rtp * 100 * WHOLE // (asked.numbers[0] or 1))
    target = decimal(asked.bet.get("target"), "target")
    if target <= 1 or (target * 100).denominator != 1:
        raise Unreadable("target is not a multiplier above 1 with at most two decimals")
    won = hundredths >= target * 100
    return Found({"outcome": f"{hundredths // 100}.{hundredths % 100:02}"}, target if won else Fraction(0))
