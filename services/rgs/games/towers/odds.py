"""What climbed rows are worth: exactly the rate of return over the chance that every opened cell was safe."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from shared.messages.games.towers import Difficulty


class Row(NamedTuple):
    """What every row of a tower looks like."""

    cells: int
    mines: int

    @property
    def chance(self) -> Fraction:
        """How likely one cell is safe."""
        return Fraction(self.cells - self.mines, self.cells)


TOWERS: Final[Mapping[Difficulty, Row]] = {
    "EASY": Row(cells=4, mines=1),
    "MEDIUM": Row(cells=3, mines=1),
    "HARD": Row(cells=2, mines=1),
    "EXPERT": Row(cells=3, mines=2),
    "MASTER": Row(cells=4, mines=3),
}


def multiplier(rtp: Fraction, climbed: int, difficulty: Difficulty) -> Fraction:
    """What cashing out pays for one unit after so many rows."""
    return Fraction(rtp, TOWERS[difficulty].chance ** climbed)
