"""Two hands are dealt by fixed rules, and the bet is that one of them, or neither, is closer to nine."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from services.rgs.games.baccarat.hands import MOST_CARDS, Hands, dealt, points_of
from services.rgs.games.baccarat.odds import WINS, multiplier
from services.rgs.games.bet import Ended, Rules, whole_round
from services.rgs.games.cards import cards
from services.rgs.games.game import Chance, Game, Terms
from shared.messages.games.baccarat import BaccaratBet, BaccaratShown, BaccaratVerified, BaccaratVerify


def draw(bet: BaccaratBet, chance: Chance, terms: Terms) -> Hands:
    return dealt(cards(chance, MOST_CARDS))


def pays(bet: BaccaratBet, hands: Hands, terms: Terms) -> Fraction:
    return multiplier(bet.on, hands.winner)


def most(bet: BaccaratBet, terms: Terms) -> Fraction:
    return WINS[bet.on]


def shown(bet: BaccaratBet, hands: Hands | None) -> BaccaratShown:
    if hands is None:
        return BaccaratShown(on=bet.on)
    return BaccaratShown(
        on=bet.on,
        player=hands.player,
        banker=hands.banker,
        player_points=points_of(hands.player),
        banker_points=points_of(hands.banker),
        winner=hands.winner,
    )


def verify(query: BaccaratVerify, chance: Chance, terms: Terms) -> BaccaratVerified:
    hands = dealt(cards(chance, MOST_CARDS))
    return BaccaratVerified(player=hands.player, banker=hands.banker, winner=hands.winner)


game: Final[Game[Ended[Hands]]] = whole_round("baccarat", BaccaratBet, Rules(draw, pays, most, shown, verify))
