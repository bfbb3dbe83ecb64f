"""What a dice bet pays: the rate of return, divided by the chance that the bet has."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from shared.messages.games.dice import DiceBet

ROLLS: Final = 10_000
"""Rolls are 0 … 9999, each as likely."""


def winning(bet: DiceBet) -> range:
    """The rolls that win: strictly over, or strictly under. There is one at least, and never all."""
    return range(bet.over + 1, ROLLS) if bet.over is not None else range(bet.under or 0)


def multiplier(bet: DiceBet, rtp: Fraction) -> Fraction:
    """What a bet that wins pays for one unit."""
    return Fraction(rtp.numerator * ROLLS, rtp.denominator * len(winning(bet)))
