"""What cards are worth at blackjack: an ace is eleven while that does not go over 21, and one otherwise."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from services.rgs.games.cards import DECK, rank_of

MOST: Final = 21
DEALER_STANDS_ON: Final = 17
"""On a soft one too."""
ACE: Final = 1
TEN: Final = 10
MOST_HANDS: Final = 16_384
"""That are remembered as added up."""
_OF_RANKS: Final = {"A": ACE} | {str(number): number for number in range(2, 10)}
_VALUES: Final = {card: _OF_RANKS.get(rank_of(card), TEN) for card in DECK}


class Total(NamedTuple):
    """All that the rules know of a hand's cards."""

    low: int = 0
    """With every ace as one."""
    ace: bool = False
    """Whether there is one."""

    @property
    def soft(self) -> bool:
        """An ace counts eleven."""
        return self.ace and self.low + TEN <= MOST

    @property
    def value(self) -> int:
        return self.low + TEN if self.soft else self.low

    def plus(self, value: int) -> Total:
        """With one more card."""
        return Total(self.low + value, self.ace or value == ACE)


@lru_cache(MOST_HANDS)
def total_of(cards: tuple[str, ...]) -> Total:
    total = Total()
    for card in cards:
        total = total.plus(value_of(card))
    return total


def value_of(card: str) -> int:
    """An ace is one here, a picture ten."""
    return _VALUES[card]


def is_blackjack(cards: tuple[str, ...]) -> bool:
    """An ace and a ten as the first two cards. Of a hand that was split it counts as 21 alone."""
    return len(cards) == 2 and total_of(cards).value == MOST
