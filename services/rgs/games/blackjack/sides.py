"""The side bets of blackjack, on the first cards alone: a pair of the player's, and poker with the dealer's open card.

From a deck that never ends, 94.23 % of all that is staked on pairs comes back, and 96.40 % of what is staked on poker.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from services.rgs.games.cards import RANKS, rank_of, suit_of

RED: Final = frozenset("♦♥")
PAIRS: Final[Mapping[str, Fraction]] = {
    "PERFECT": Fraction(26),
    "COLOURED": Fraction(11),
    "MIXED": Fraction(6),
    "NONE": Fraction(0),
}
"""What one unit comes to, with the unit itself: 25, 10 and 5 to one."""
POKER: Final[Mapping[str, Fraction]] = {
    "SUITED_TRIPS": Fraction(101),
    "STRAIGHT_FLUSH": Fraction(41),
    "TRIPS": Fraction(26),
    "STRAIGHT": Fraction(11),
    "FLUSH": Fraction(6),
    "NONE": Fraction(0),
}
"""100, 40, 25, 10 and 5 to one."""
_PLACES: Final = {rank: place for place, rank in enumerate(RANKS, start=2)}
_ACE: Final = _PLACES["A"]


def perfect_pairs(first: str, second: str) -> Fraction:
    """What the pair of the player's first cards pays: the same card, of one colour, or of two."""
    return PAIRS[pair_of(first, second)]


def three_card_poker(first: str, second: str, up: str) -> Fraction:
    """What the player's first cards and the dealer's open one pay together."""
    return POKER[poker_of((first, second, up))]


def pair_of(first: str, second: str) -> str:
    if rank_of(first) != rank_of(second):
        return "NONE"
    if first == second:
        return "PERFECT"
    return "COLOURED" if (suit_of(first) in RED) is (suit_of(second) in RED) else "MIXED"


def poker_of(cards: tuple[str, str, str]) -> str:
    suited = len({suit_of(card) for card in cards}) == 1
    if len({rank_of(card) for card in cards}) == 1:
        return "SUITED_TRIPS" if suited else "TRIPS"
    if _in_a_row(cards):
        return "STRAIGHT_FLUSH" if suited else "STRAIGHT"
    return "FLUSH" if suited else "NONE"


def _in_a_row(cards: tuple[str, str, str]) -> bool:
    """An ace goes before a two as well as after a king."""
    low, middle, high = sorted(_PLACES[rank_of(card)] for card in cards)
    return middle - low == 1 and (high - middle == 1 or (low, high) == (2, _ACE))
