"""How the hands of baccarat are dealt: two cards each in turn, then by fixed rules at most one more, player first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.rgs.games.cards import rank_of
from shared.messages.games.baccarat import Side

MOST_CARDS: Final = 6
NATURAL: Final = 8
"""With so many points after two cards, nobody draws."""
PLAYER_DRAWS_TO: Final = 5
BANKER_DRAWS_ON: Final = {
    0: range(10),
    1: range(10),
    2: range(10),
    3: (0, 1, 2, 3, 4, 5, 6, 7, 9),
    4: range(2, 8),
    5: range(4, 8),
    6: range(6, 8),
    7: (),
}
"""The points of the player's third card on which a banker with so many points draws."""
_VALUES: Final = {"A": 1} | {str(number): number for number in range(2, 10)}


class Hands(NamedTuple):
    """What was dealt, in the order of the deal."""

    player: tuple[str, ...]
    banker: tuple[str, ...]

    @property
    def winner(self) -> Side:
        """Who is closer to nine."""
        return winner_of(points_of(self.player), points_of(self.banker))


def dealt(cards: Sequence[str]) -> Hands:
    """The hands out of six cards, of which not all may be needed: player, banker, player, banker, then third cards."""
    player: tuple[str, ...] = (cards[0], cards[2])
    banker: tuple[str, ...] = (cards[1], cards[3])
    left = iter(cards[4:])
    third = None
    if player_draws(points_of(player), points_of(banker)):
        player = (*player, next(left))
        third = value_of(player[-1])
    if banker_draws(points_of(player[:2]), points_of(banker), third):
        banker = (*banker, next(left))
    return Hands(player, banker)


def player_draws(player: int, banker: int) -> bool:
    """By the points of the first two cards of each."""
    return max(player, banker) < NATURAL and player <= PLAYER_DRAWS_TO


def banker_draws(player: int, banker: int, third: int | None) -> bool:
    """By the points of the first two cards of each, and of the player's third card if there is one."""
    if max(player, banker) >= NATURAL:
        return False
    return banker <= PLAYER_DRAWS_TO if third is None else third in BANKER_DRAWS_ON[banker]


def winner_of(player: int, banker: int) -> Side:
    if player == banker:
        return "TIE"
    return "PLAYER" if player > banker else "BANKER"


def points_of(cards: Sequence[str]) -> int:
    return sum(value_of(card) for card in cards) % 10


def value_of(card: str) -> int:
    """An ace is one, a ten and a picture nothing."""
    return _VALUES.get(rank_of(card), 0)
