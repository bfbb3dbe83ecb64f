"""What each bet of baccarat pays, and what exactly comes back of it from a deck that never ends.

Of all that is staked on the banker, 98.94 % come back; on the player 98.77 %, on a tie 85.88 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Final

from services.rgs.games.baccarat.hands import banker_draws, player_draws, value_of, winner_of
from services.rgs.games.cards import DECK
from shared.messages.games.baccarat import Side

WINS: Final[Mapping[Side, Fraction]] = {"PLAYER": Fraction(2), "BANKER": Fraction(39, 20), "TIE": Fraction(9)}
"""What one unit comes to, with the stake itself; of what the banker wins, 5 % are kept."""
POINTS: Final = range(10)


def multiplier(on: Side, winner: Side) -> Fraction:
    """What one unit comes to; a tie gives back what was staked on either hand."""
    if on == winner:
        return WINS[on]
    return Fraction(winner == "TIE")


def rtp(on: Side) -> Fraction:
    """What comes back of all that is staked on this side, in the long run."""
    return sum((chance * multiplier(on, winner) for winner, chance in chances().items()), Fraction(0))


@cache
def chances() -> Mapping[Side, Fraction]:
    """How likely each end is: all hands by their points, which is all that the rules look at."""
    found: dict[Side, Fraction] = {"PLAYER": Fraction(0), "BANKER": Fraction(0), "TIE": Fraction(0)}
    two = _two_cards()
    for player, banker in product(POINTS, POINTS):
        for winner, chance in _ends(player, banker):
            found[winner] += two[player] * two[banker] * chance
    return found


def _ends(player: int, banker: int) -> Iterator[tuple[Side, Fraction]]:
    """Who wins after these first cards, and how likely."""
    one = _one_card()
    thirds: Iterator[tuple[int | None, Fraction]] = iter([(None, Fraction(1))])
    if player_draws(player, banker):
        thirds = zip(POINTS, one, strict=True)
    for third, chance in thirds:
        total = (player + (third or 0)) % 10
        if not banker_draws(player, banker, third):
            yield winner_of(total, banker), chance
            continue
        for last, likely in zip(POINTS, one, strict=True):
            yield winner_of(total, (banker + last) % 10), chance * likely


@cache
def _one_card() -> tuple[Fraction, ...]:
    """How likely a card has so many points, from 0."""
    values = [value_of(card) for card in DECK]
    return tuple(Fraction(values.count(points), len(DECK)) for points in POINTS)


@cache
def _two_cards() -> tuple[Fraction, ...]:
    one = _one_card()
    return tuple(sum((one[first] * one[(points - first) % 10] for first in POINTS), Fraction(0)) for points in POINTS)
