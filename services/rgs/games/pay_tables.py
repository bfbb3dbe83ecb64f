"""What a game with pay tables pays: the operator's own table if there is one, else the house's at the code's rate.

A house table is written once, as a fair one that gives back all that is staked; a code such as `wheel-beta` pays its
rate of return times that, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from services.rgs.games.game import Terms

Table = tuple[Fraction, ...]


def read(text: str) -> Table:
    """Multipliers as they are written, parted by spaces: `0.5 1 1.1`."""
    return tuple(Fraction(each) for each in text.split())


@dataclass(frozen=True, slots=True)
class House:
    """The fair tables of one game, by name."""

    fair: Mapping[str, Table]

    def table(self, name: str, terms: Terms) -> Table:
        """What each entry pays under these terms."""
        return terms.tables.get(name) or _at(self.fair[name], terms.rtp)


@cache
def _at(fair: Table, rtp: Fraction) -> Table:
    return tuple(rtp * pays for pays in fair)
