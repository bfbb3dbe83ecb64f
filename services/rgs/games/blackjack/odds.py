"""What blackjack gives back to whoever always does the best: 99.43 % of the first wager, from a deck that never ends.

It is reckoned exactly, over every card that can come, under the rules of `rules`: the dealer looks for a blackjack
under an ace or a ten before anybody plays, and stands on all 17; any two cards may be doubled, also after the one
split; split aces get one card each. Insurance is never the best: of it, 12/13 come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Final

from services.rgs.games.blackjack.hand import ACE, DEALER_STANDS_ON, MOST, TEN, Total, value_of
from services.rgs.games.cards import DECK
from shared.messages.games.blackjack import Step

NATURAL: Final = Fraction(5, 2)
"""What a blackjack pays for one unit, with the unit itself."""
INSURED: Final = Fraction(3)
"""What one unit of insurance pays if the dealer has one."""
OVER: Final = MOST + 1
"""Stands for every total that went over."""

_VALUES: Final = [value_of(card) for card in DECK]
CHANCES: Final[Mapping[int, Fraction]] = {
    value: Fraction(_VALUES.count(value), len(DECK)) for value in sorted(set(_VALUES))
}
"""How likely the next card has this value."""


def rtp() -> Fraction:
    """What comes back of the first wager in the long run, if every choice is the best, less what else is staked."""
    return 1 + sum(
        (
            CHANCES[first] * CHANCES[second] * CHANCES[up] * _won(first, second, up)
            for first, second, up in product(CHANCES, repeat=3)
        ),
        Fraction(0),
    )


def values(cards: tuple[int, ...], up: int, offered: Iterable[Step]) -> dict[Step, Fraction]:
    """What each step wins on average, in first wagers, if all that follow are the best and no blackjack is about.

    Args:
        cards: The values of the hand's cards.
        up: The value of the dealer's first card.
        offered: Of HIT, STAND, DOUBLE and SPLIT what may be done now.
    """
    total = Total(sum(cards), ACE in cards)
    found = {"HIT": _hit, "STAND": _stand, "DOUBLE": _double}
    return {step: _split(cards[0], up) if step == "SPLIT" else found[step](total, up) for step in offered}


def blackjack_under(up: int) -> Fraction:
    """How likely the dealer's second card makes a blackjack."""
    return {ACE: CHANCES[TEN], TEN: CHANCES[ACE]}.get(up, Fraction(0))


def _won(first: int, second: int, up: int) -> Fraction:
    under = blackjack_under(up)
    if {first, second} == {ACE, TEN}:
        return (1 - under) * (NATURAL - 1)
    offered: tuple[Step, ...] = ("HIT", "STAND", "DOUBLE", "SPLIT")
    best = max(values((first, second), up, offered if first == second else offered[:3]).values())
    return (1 - under) * best - under


@cache
def _stand(total: Total, up: int) -> Fraction:
    if total.value > MOST:
        return Fraction(-1)
    return sum(
        (
            chance * (1 if end == OVER or total.value > end else 0 if total.value == end else -1)
            for end, chance in _dealer(up).items()
        ),
        Fraction(0),
    )


@cache
def _hit(total: Total, up: int) -> Fraction:
    return sum((chance * _after(total.plus(value), up) for value, chance in CHANCES.items()), Fraction(0))


def _after(total: Total, up: int) -> Fraction:
    """A hand that has hit: it hits again or stands, and on 21 or more it has no choice."""
    stands = _stand(total, up)
    return stands if total.value >= MOST else max(stands, _hit(total, up))


@cache
def _double(total: Total, up: int) -> Fraction:
    return 2 * sum((chance * _stand(total.plus(value), up) for value, chance in CHANCES.items()), Fraction(0))


@cache
def _split(value: int, up: int) -> Fraction:
    hand = Total().plus(value)
    return 2 * sum((chance * _half(hand.plus(next_), up, value) for next_, chance in CHANCES.items()), Fraction(0))


def _half(total: Total, up: int, split: int) -> Fraction:
    if split == ACE or total.value == MOST:
        return _stand(total, up)
    return max(_stand(total, up), _hit(total, up), _double(total, up))


@cache
def _dealer(up: int) -> Mapping[int, Fraction]:
    """How likely the dealer ends on each total, where there is no blackjack."""
    allowed = {value: chance for value, chance in CHANCES.items() if {up, value} != {ACE, TEN}}
    whole = sum(allowed.values(), Fraction(0))
    return _mixed((Fraction(chance, whole), _drawn(Total().plus(up).plus(value))) for value, chance in allowed.items())


@cache
def _drawn(total: Total) -> Mapping[int, Fraction]:
    if total.value >= DEALER_STANDS_ON:
        return {min(total.value, OVER): Fraction(1)}
    return _mixed((chance, _drawn(total.plus(value))) for value, chance in CHANCES.items())


def _mixed(parts: Iterable[tuple[Fraction, Mapping[int, Fraction]]]) -> Mapping[int, Fraction]:
    found: dict[int, Fraction] = {}
    for weight, ends in parts:
        for end, chance in ends.items():
            found[end] = found.get(end, Fraction(0)) + weight * chance
    return found
