"""How the wheel is played: one float is the slice that it stops at."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from services.rgs.games.bet import Ended, Rules, whole_round
from services.rgs.games.game import Chance, Game, Terms, fraction_text
from services.rgs.games.wheel import odds
from shared.messages.games.wheel import WheelBet, WheelShown, WheelVerified, WheelVerify


def draw(bet: WheelBet | WheelVerify, chance: Chance, terms: Terms) -> int:
    return chance.below(0, bet.segments)


def pays(bet: WheelBet | WheelVerify, outcome: int, terms: Terms) -> Fraction:
    return odds.table(bet.segments, bet.difficulty, terms)[outcome]


def most(bet: WheelBet, terms: Terms) -> Fraction:
    return max(odds.table(bet.segments, bet.difficulty, terms))


def shown(bet: WheelBet, outcome: int | None) -> WheelShown:
    return WheelShown(segments=bet.segments, difficulty=bet.difficulty, outcome=outcome)


def verify(query: WheelVerify, chance: Chance, terms: Terms) -> WheelVerified:
    outcome = draw(query, chance, terms)
    return WheelVerified(
        segments=query.segments,
        difficulty=query.difficulty,
        outcome=outcome,
        multiplier=fraction_text(pays(query, outcome, terms)),
    )


game: Final[Game[Ended[int]]] = whole_round("wheel", WheelBet, Rules(draw, pays, most, shown, verify))
