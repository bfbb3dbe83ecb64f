"""How blackjack speaks to its client. Actions are told by the names that the documents print, such as `noInsurance`."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BeforeValidator, Field
from pydantic.alias_generators import to_camel

from services.gateway.rgs.games.manner import (
    SETTLED,
    Asked,
    Decimals,
    Enumeration,
    Manner,
    Money,
    MoveAsked,
    Query,
    Result,
    Said,
    times,
)
from shared.messages.games.blackjack import (
    BlackjackHand,
    BlackjackNext,
    BlackjackShown,
    BlackjackStart,
    BlackjackVerified,
    BlackjackVerify,
    SideBets,
    SidePayouts,
    Step,
)
from shared.messages.round import Round

ACTIONS: Final = Enumeration(
    "ACTION", {"HIT": 1, "STAND": 2, "DOUBLE": 3, "SPLIT": 4, "INSURANCE": 5, "NO_INSURANCE": 6}
)

Action = Annotated[Step, BeforeValidator(ACTIONS.read, json_schema_input_type=int | str)]


class SideBetsAsked(Asked):
    """Beside the main bet, on the first cards alone."""

    perfect_pairs: Decimals = "0"
    three_card_poker: Decimals = "0"


class BlackjackStartAsked(Asked):
    """The cards are dealt."""

    amount: Decimals
    side_bets: SideBetsAsked = Field(default_factory=SideBetsAsked)


class BlackjackNextAsked(MoveAsked):
    """What the player does with the hand whose turn it is."""

    action: Action


class BlackjackQuery(Query):
    """What can be said to blackjack."""

    start: BlackjackStartAsked | None = None
    next: BlackjackNextAsked | None = None


class BlackjackVerifyAsked(Asked):
    """The deck under given seeds."""


class SideBetsTold(Said):
    """Something of each side bet."""

    perfect_pairs: str
    three_card_poker: str


class SettlementTold(Said):
    """What a round came to: of each hand, and altogether with insurance and side bets."""

    results: tuple[str, ...]
    total_wagered: str
    payout: str
    multiplier: str = Field(description="Of the main bet, rounded down to two decimals.")
    side_bet_payouts: SideBetsTold | None = None
    side_bet_multipliers: SideBetsTold | None = None


class BlackjackActed(Said):
    """What is told of a start or a move: a settlement once the round has settled."""

    settlement: SettlementTold | None = None


class HandTold(Said):
    """A hand of the player's."""

    cards: tuple[str, ...]
    value: int
    soft: bool
    wager: str
    doubled: bool
    result: str | None = None
    payout: str | None = None


class DealerTold(Said):
    """The dealer's hand; the second card once the round has ended."""

    cards: tuple[str, ...]
    value: int


class BlackjackState(Said):
    """A round: the hands, and what may be done now."""

    active: bool
    current_hand: int
    next_actions: tuple[str, ...]
    player: tuple[HandTold, ...]
    dealer: DealerTold
    total_wagered: str
    insurance: str | None = None
    insurance_payout: str | None = None


class BlackjackData(Said):
    """What a round was begun with."""

    amount: str
    side_bets: SideBetsTold | None = None


class BlackjackResult(Result):
    """What is told of a play of blackjack."""

    start: BlackjackActed | None = None
    next: BlackjackActed | None = None
    state: BlackjackState


class BlackjackVerifiedTold(Said):
    """The first cards of the deck."""

    deck: tuple[str, ...]


def _start(asked: BlackjackStartAsked, money: Money) -> BlackjackStart:
    sides = SideBets(
        perfect_pairs=money.units(asked.side_bets.perfect_pairs, "sideBets.perfectPairs"),
        three_card_poker=money.units(asked.side_bets.three_card_poker, "sideBets.threeCardPoker"),
    )
    return BlackjackStart(amount=money.units(asked.amount), side_bets=sides)


def _next(asked: BlackjackNextAsked, _: Money) -> BlackjackNext:
    return BlackjackNext(action=asked.action)


def _shown(round_: Round) -> BlackjackShown:
    assert isinstance(round_.shown, BlackjackShown), "a round of blackjack shows hands"
    return round_.shown


def _told(round_: Round, money: Money) -> BlackjackActed:
    return BlackjackActed(settlement=_settlement(round_, money) if round_.status in SETTLED else None)


def _settlement(round_: Round, money: Money) -> SettlementTold:
    shown = _shown(round_)
    sides = shown.side_payouts
    return SettlementTold(
        results=tuple(hand.result.lower() for hand in shown.player if hand.result),
        total_wagered=money.text(shown.total_wagered),
        payout=money.text(round_.payout),
        multiplier=times(round_.multiplier),
        side_bet_payouts=None if sides is None else _side_amounts(sides, money),
        side_bet_multipliers=None if sides is None else _side_multipliers(sides),
    )


def _side_amounts(sides: SidePayouts | SideBets, money: Money) -> SideBetsTold:
    return SideBetsTold(
        perfect_pairs=money.text(sides.perfect_pairs), three_card_poker=money.text(sides.three_card_poker)
    )


def _side_multipliers(sides: SidePayouts) -> SideBetsTold:
    return SideBetsTold(
        perfect_pairs=times(sides.perfect_pairs_multiplier), three_card_poker=times(sides.three_card_poker_multiplier)
    )


def _state(round_: Round, money: Money) -> BlackjackState:
    shown = _shown(round_)
    insured = shown.insurance > 0
    return BlackjackState(
        active=shown.active,
        current_hand=shown.current_hand,
        next_actions=tuple(to_camel(step.lower()) for step in shown.next_actions),
        player=tuple(_hand(hand, money) for hand in shown.player),
        dealer=DealerTold(cards=shown.dealer.cards, value=shown.dealer.value),
        total_wagered=money.text(shown.total_wagered),
        insurance=money.text(shown.insurance) if insured else None,
        insurance_payout=money.text(shown.insurance_payout) if insured and not shown.active else None,
    )


def _hand(hand: BlackjackHand, money: Money) -> HandTold:
    return HandTold(
        cards=hand.cards,
        value=hand.value,
        soft=hand.soft,
        wager=money.text(hand.wager),
        doubled=hand.doubled,
        result=None if hand.result is None else hand.result.lower(),
        payout=None if hand.result is None else money.text(hand.payout),
    )


def _data(round_: Round, money: Money) -> BlackjackData:
    opening = round_.opening
    assert isinstance(opening, BlackjackStart), "a round of blackjack begins with a start"
    sides = opening.side_bets
    staked = sides.perfect_pairs or sides.three_card_poker
    return BlackjackData(amount=money.text(opening.amount), side_bets=_side_amounts(sides, money) if staked else None)


def _verified(verified: BlackjackVerified) -> BlackjackVerifiedTold:
    return BlackjackVerifiedTold(deck=verified.deck)


MANNER: Final = Manner(
    slug="blackjack",
    query=BlackjackQuery,
    result=BlackjackResult,
    verify=BlackjackVerifyAsked,
    read={"start": _start, "next": _next},
    tell={"start": _told, "next": _told},
    state=_state,
    data=_data,
    ask=lambda _: BlackjackVerify(),
    verified=_verified,
    in_steps=True,
)
