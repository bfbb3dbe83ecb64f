"""How likely a guess about the next card is right. Aces are the lowest and kings the highest.

`HIGHER` is higher or equal and `LOWER` lower or equal; on an ace and on a king one of the two would be certain, so that
there the certain side is strict and the other is the same rank alone.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, Literal

Side = Literal["HIGHER", "LOWER"]

RANKS: Final = ("A", "2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K")
LOWEST: Final = RANKS[0]
HIGHEST: Final = RANKS[-1]


def right(rank: str, side: Side) -> frozenset[str]:
    """The ranks of a next card that this guess is right for."""
    if rank == LOWEST:
        return frozenset(RANKS[1:] if side == "HIGHER" else RANKS[:1])
    if rank == HIGHEST:
        return frozenset(RANKS[-1:] if side == "HIGHER" else RANKS[:-1])
    place = RANKS.index(rank)
    return frozenset(RANKS[place:] if side == "HIGHER" else RANKS[: place + 1])


def chance_of(rank: str, side: Side) -> Fraction:
    """How likely this guess is right: every rank is as likely, whatever was turned before."""
    return Fraction(len(right(rank, side)), len(RANKS))
