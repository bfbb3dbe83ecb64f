"""An endless deck: each card is one float, in the order in which card 0 is the two of diamonds, 51 the ace of clubs.

The order is the published one (docs/fairness.md): ranks from 2 to ace, and of each rank ♦ ♥ ♠ ♣.
"""

from __future__ import annotations

from itertools import product
from typing import Final, Literal

from services.rgs.games.game import Chance

Suit = Literal["♦", "♥", "♠", "♣"]

RANKS: Final = ("2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K", "A")
SUITS: Final[tuple[Suit, ...]] = ("♦", "♥", "♠", "♣")
DECK: Final = tuple(f"{suit}{rank}" for rank, suit in product(RANKS, SUITS))
"""Cards such as `♠7`, in the order of the draw."""


def card(chance: Chance, place: int) -> str:
    """The card of float number `place`; the deck has no end, so that no card is ever used up."""
    return DECK[chance.below(place, len(DECK))]


def cards(chance: Chance, most: int) -> tuple[str, ...]:
    """The first so many cards."""
    return tuple(card(chance, place) for place in range(most))


def suit_of(card_: str) -> str:
    return card_[0]


def rank_of(card_: str) -> str:
    return card_[1:]
