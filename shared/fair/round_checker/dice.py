"""Dice: the roll, and whether it is over or under."""

from __future__ import annotations

from fractions import Fraction

from shared.fair.round_checker.asked import Asked, Found, Unreadable, whole

SIDES = 10_000


def found(asked: Asked) -> Found:
    """The roll is floor(float × 10000); a win pays the rate of return over its chance. Raises Unreadable."""
    roll = asked.numbers.one_of(0, SIDES)
    over, under = asked.bet.get("over"), asked.bet.get("under")
    if (over is None) == (under is None):
        raise Unreadable("a roll is either over or under something: say one of the two")
    if over is not None:
        winning = range(whole(asked.bet, "over", 0, SIDES - 2) + 1, SIDES)
    else:
        winning = range(whole(asked.bet, "under", 1, SIDES - 1))
    return Found({"roll": roll}, asked.rtp * SIDES / len(winning) if roll in winning else Fraction(0))
