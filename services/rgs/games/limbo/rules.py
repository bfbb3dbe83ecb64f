"""How limbo is played: one float is how high it goes, and the bet is that it goes as high as the target."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from services.rgs.games.bet import Ended, Rules, whole_round
from services.rgs.games.game import Chance, Game, Terms
from services.rgs.games.limbo import odds
from shared.messages.games.limbo import LimboBet, LimboShown, LimboVerified, LimboVerify


def draw(bet: LimboBet, chance: Chance, terms: Terms) -> int:
    return odds.outcome(chance.numerator(0), terms.rtp)


def pays(bet: LimboBet, outcome: int, terms: Terms) -> Fraction:
    return odds.multiplier(bet.target) if outcome >= bet.target else Fraction(0)


def most(bet: LimboBet, terms: Terms) -> Fraction:
    return odds.multiplier(bet.target)


def shown(bet: LimboBet, outcome: int | None) -> LimboShown:
    return LimboShown(target=bet.target, outcome=outcome)


def verify(query: LimboVerify, chance: Chance, terms: Terms) -> LimboVerified:
    return LimboVerified(outcome=odds.outcome(chance.numerator(0), terms.rtp))


game: Final[Game[Ended[int]]] = whole_round("limbo", LimboBet, Rules(draw, pays, most, shown, verify))
