"""Blackjack tried out: every choice the best there is, or as the dealer would play."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import product
from typing import Final

from services.rgs.games.blackjack import odds
from services.rgs.games.blackjack.hand import DEALER_STANDS_ON, value_of
from services.rgs.games.blackjack.round import Deal
from services.rgs.games.blackjack.rules import game as blackjack
from services.rgs.games.cards import RANKS, rank_of
from services.rgs.games.game import Terms
from services.rgs.trial.plan import STAKE, Options, Plan, one_of, told, uniform
from shared.messages.games.blackjack import BlackjackNext, BlackjackStart

PLAYS: Final = ("BEST", "DEALER")


def blackjack_plan(options: Options, terms: Terms) -> Plan:
    """Without insurance and side bets; what is counted are the player's first card and the dealer's open one."""
    best = one_of(options, "play", PLAYS) == "BEST"

    def label(deal: Deal) -> Hashable:
        return rank_of(deal.hands[0].cards[0]), rank_of(deal.dealer[0])

    return Plan(
        blackjack,
        terms,
        BlackjackStart(amount=STAKE),
        told(options),
        label,
        uniform(product(RANKS, RANKS)),
        odds.rtp() if best else None,
        _best if best else _as_dealer,
    )


def _best(deal: Deal) -> BlackjackNext:
    if deal.asks_insurance:
        return BlackjackNext(action="NO_INSURANCE")
    cards = tuple(value_of(card) for card in deal.hands[deal.current].cards)
    worth = odds.values(cards, value_of(deal.dealer[0]), deal.offers)
    return BlackjackNext(action=max(worth, key=worth.__getitem__))


def _as_dealer(deal: Deal) -> BlackjackNext:
    if deal.asks_insurance:
        return BlackjackNext(action="NO_INSURANCE")
    stands = deal.hands[deal.current].total.value >= DEALER_STANDS_ON
    return BlackjackNext(action="STAND" if stands else "HIT")
