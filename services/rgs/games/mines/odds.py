"""What opened fields are worth: exactly the rate of return over the chance that all of them were safe."""

from __future__ import annotations

from fractions import Fraction
from math import comb


def chance_of(opened: int, mine_count: int, grid_size: int) -> Fraction:
    """How likely it is that so many opened fields are all safe; 0 if there are not as many."""
    return Fraction(comb(grid_size - mine_count, opened), comb(grid_size, opened))


def multiplier(rtp: Fraction, opened: int, mine_count: int, grid_size: int) -> Fraction:
    """What cashing out pays for one unit after so many safe fields; there are as many."""
    return Fraction(rtp, chance_of(opened, mine_count, grid_size))
