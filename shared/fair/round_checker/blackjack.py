"""Blackjack: the cards that came, and what every hand and side bet was worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from shared.fair.round_checker.asked import Asked, Found, Unreadable, rows
from shared.fair.round_checker.cards import FACES, card

BEST = 21
DEALER_STANDS = 17
MOST_CARDS = 40
PAYS = {"BLACKJACK": Fraction(5, 2), "WIN": Fraction(2), "PUSH": Fraction(1), "LOSE": Fraction(0), "BUST": Fraction(0)}
INSURANCE = Fraction(3)
UNIT = 1_000_000
"""Stands for the stake where nobody said how much it was."""


class Hand(NamedTuple):
    """One hand of the player's, when all is over."""

    cards: list[str]
    doubled: bool


def found(asked: Asked) -> Found:
    """Two cards for the player, two for the dealer, then as drawn; every bet is rounded alone. Raises Unreadable."""
    hands, dealer = _played(asked)
    stake = UNIT if asked.units is None else asked.units
    told, bets = [], []
    for hand in hands:
        result = _result(hand.cards, dealer, split=len(hands) > 1)
        told.append({"cards": hand.cards, "value": value(hand.cards), "doubled": hand.doubled, "result": result})
        bets.append((stake * (2 if hand.doubled else 1), PAYS[result]))
    if asked.state.get("insured"):
        bets.append((stake // 2, INSURANCE if natural(dealer) else Fraction(0)))
    bets.extend(_side_bets(asked))
    exact = sum((staked * pays for staked, pays in bets), Fraction(0)) / stake
    shown = {"player": told, "dealer": {"cards": dealer, "value": value(dealer)}}
    return Found(shown, exact, sum(round(staked * pays) for staked, pays in bets))


def _played(asked: Asked) -> tuple[list[Hand], list[str]]:
    """The hands as they were drawn, by how many cards each was told to have; then the dealer draws to 17."""
    numbers = asked.numbers
    dealer, told = [card(numbers, 2), card(numbers, 3)], rows(asked.state, "player")
    if len(told) not in (1, 2):
        raise Unreadable("player is not a list of one hand, or two")
    starts = [[card(numbers, 0), card(numbers, 1)]]
    rest = (card(numbers, place) for place in range(4, 4 + 3 * MOST_CARDS))
    if len(told) == 2:
        starts = [[first, next(rest)] for first in starts[0]]
    hands = [_drawn(start, hand, rest) for start, hand in zip(starts, told, strict=True)]
    over = natural(dealer) or (len(hands) == 1 and natural(hands[0].cards))
    if not over and any(value(hand.cards) <= BEST for hand in hands):
        while value(dealer) < DEALER_STANDS:
            dealer.append(next(rest))
    return hands, dealer


def _drawn(cards: list[str], told: Mapping[str, Any], rest: Iterator[str]) -> Hand:
    many = told.get("cards")
    if not isinstance(many, list) or not 2 <= len(many) <= MOST_CARDS:
        raise Unreadable("a hand of the player has no list of cards")
    while len(cards) < len(many) and value(cards) < BEST:
        cards.append(next(rest))
    return Hand(cards, told.get("doubled") is True)


def value(cards: Sequence[str]) -> int:
    """An ace is eleven while that does not go over 21."""
    worth = [min(FACES.index(one[1:]) + 2, 10) if one[1:] != "A" else 1 for one in cards]
    return sum(worth) + (10 if 1 in worth and sum(worth) + 10 <= BEST else 0)


def natural(cards: Sequence[str]) -> bool:
    """21 with two cards."""
    return len(cards) == 2 and value(cards) == BEST


def _result(cards: Sequence[str], dealer: Sequence[str], *, split: bool) -> str:
    if natural(cards) and not split:
        return "PUSH" if natural(dealer) else "BLACKJACK"
    mine, other = value(cards), value(dealer)
    if mine > BEST:
        return "BUST"
    if natural(dealer) or mine < other <= BEST:
        return "LOSE"
    return "PUSH" if mine == other else "WIN"


def _side_bets(asked: Asked) -> list[tuple[int, Fraction]]:
    first, second, up = (card(asked.numbers, place) for place in range(3))
    return [
        (asked.stakes.get("perfectPairs", 0), Fraction(pair(first, second))),
        (asked.stakes.get("threeCardPoker", 0), Fraction(poker([first, second, up]))),
    ]


def pair(first: str, second: str) -> int:
    """The same card 25 to one, of one colour 10, of two 5."""
    if first[1:] != second[1:]:
        return 0
    return 26 if first == second else 11 if (first[0] in "♦♥") == (second[0] in "♦♥") else 6


def poker(cards: Sequence[str]) -> int:
    """Suited trips 100 to one, straight flush 40, trips 25, straight 10, flush 5."""
    suited = len({one[0] for one in cards}) == 1
    ranks = sorted(FACES.index(one[1:]) for one in cards)
    if ranks[0] == ranks[2]:
        return 101 if suited else 26
    if ranks[2] - ranks[1] == ranks[1] - ranks[0] == 1 or ranks == [0, 1, 12]:
        return 41 if suited else 11
    return 6 if suited else 0
