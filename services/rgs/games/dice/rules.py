"""How dice is played: one float is the roll, and the bet is on one side of a number."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from services.rgs.games.bet import Ended, Rules, whole_round
from services.rgs.games.dice import odds
from services.rgs.games.game import Chance, Game, Terms
from shared.messages.games.dice import DiceBet, DiceShown, DiceVerified, DiceVerify
from shared.shapes import Refused

ONE_SIDE: Final = Refused("invalid_param", {"path": "over", "problem": "say either over or under, and not both"})


def draw(bet: DiceBet, chance: Chance, terms: Terms) -> int | Refused:
    return ONE_SIDE if (bet.over is None) is (bet.under is None) else roll_of(chance)


def roll_of(chance: Chance) -> int:
    return chance.below(0, odds.ROLLS)


def pays(bet: DiceBet, roll: int, terms: Terms) -> Fraction:
    return most(bet, terms) if roll in odds.winning(bet) else Fraction(0)


def most(bet: DiceBet, terms: Terms) -> Fraction:
    return odds.multiplier(bet, terms.rtp)


def shown(bet: DiceBet, roll: int | None) -> DiceShown:
    return DiceShown(over=bet.over, under=bet.under, roll=roll)


def verify(query: DiceVerify, chance: Chance, terms: Terms) -> DiceVerified:
    return DiceVerified(roll=roll_of(chance))


game: Final[Game[Ended[int]]] = whole_round("dice", DiceBet, Rules(draw, pays, most, shown, verify))
