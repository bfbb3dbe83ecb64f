"""Baccarat: two hands by fixed rules, and who is nearer to nine."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from shared.fair.round_checker.asked import Asked, Found, word
from shared.fair.round_checker.cards import FACES, card

PAYS = {"PLAYER": Fraction(2), "BANKER": Fraction(195, 100), "TIE": Fraction(9)}
BANKER_DRAWS = {3: (0, 1, 2, 3, 4, 5, 6, 7, 9), 4: (2, 3, 4, 5, 6, 7), 5: (4, 5, 6, 7), 6: (6, 7)}
"""To which of the player's third cards the banker draws, by what the banker holds; below 3 always, above 6 never."""


def found(asked: Asked) -> Found:
    """Player, banker, player, banker, then the third cards, the player's first. Raises Unreadable."""
    on = word(asked.bet, "on", "PLAYER", "BANKER", "TIE")
    player, banker = hands([card(asked.numbers, place) for place in range(6)])
    first, second = points(player), points(banker)
    winner = "TIE" if first == second else "PLAYER" if first > second else "BANKER"
    shown = {"player": player, "banker": banker, "playerPoints": first, "bankerPoints": second, "winner": winner}
    if winner == on:
        return Found(shown, PAYS[on])
    return Found(shown, Fraction(1 if winner == "TIE" else 0))


def hands(deck: Sequence[str]) -> tuple[list[str], list[str]]:
    """Both hands, of six cards of which some may not be needed."""
    player, banker, rest = [deck[0], deck[2]], [deck[1], deck[3]], list(deck[4:])
    if max(points(player), points(banker)) >= 8:
        return player, banker
    third = None
    if points(player) <= 5:
        third = points([rest[0]])
        player.append(rest.pop(0))
    held = points(banker)
    if held <= 5 if third is None else held < 3 or third in BANKER_DRAWS.get(held, ()):
        banker.append(rest[0])
    return player, banker


def points(hand: Sequence[str]) -> int:
    """Ten and faces are nothing, an ace is one, tens are left out."""
    worth = [FACES.index(one[1:]) + 2 for one in hand]
    return sum(1 if pips == 14 else 0 if pips >= 10 else pips for pips in worth) % 10
