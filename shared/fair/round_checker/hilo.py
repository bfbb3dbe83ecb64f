"""Hilo: the cards that were turned, and whether they were guessed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from shared.fair.round_checker.asked import Asked, Found, Unreadable, rows, word
from shared.fair.round_checker.cards import FACES, SUITS, card

RANKS = ("A", *FACES[:-1])
"""The ace is the lowest here."""
_ALL = len(RANKS)


def found(asked: Asked) -> Found:
    """Each right guess divides by its chance; the rate of return counts once. Raises Unreadable."""
    start = asked.bet.get("startCard")
    deck = 0
    if start is None:
        start, deck = card(asked.numbers, 0), 1
    elif not isinstance(start, str) or start[:1] not in tuple(SUITS) or start[1:] not in RANKS:
        raise Unreadable("startCard is not a card such as ♠7")
    told = rows(asked.state, "rounds")
    shown, worth = start, asked.rtp
    turns: list[dict[str, Any]] = [{"card": start, "action": "START", "multiplier": worth}]
    for row in told[1:]:
        action = word(row, "action", "HIGHER", "LOWER", "SKIP")
        turned = card(asked.numbers, deck)
        deck += 1
        if action != "SKIP":
            wins = winning(shown[1:], higher=action == "HIGHER")
            worth = worth * _ALL / len(wins) if RANKS.index(turned[1:]) in wins else Fraction(0)
        turns.append({"card": turned, "action": action, "multiplier": worth})
        shown = turned
        if not worth:
            break
    return Found({"rounds": turns, "currentCard": shown, "cashedOut": worth > 0}, worth)


def winning(face: str, *, higher: bool) -> range:
    """Which ranks win: equal counts both ways, but above an ace and below a king it must be another card."""
    rank = RANKS.index(face)
    if higher:
        return range(rank + 1 if face == "A" else rank, _ALL)
    return range(rank if face == "K" else rank + 1)
