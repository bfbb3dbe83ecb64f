"""How hilo speaks to its client. Actions are told by the names that the documents print, such as `higher`."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BeforeValidator

from services.gateway.rgs.games.manner import (
    Acted,
    Asked,
    Decimals,
    Enumeration,
    Manner,
    Money,
    MoveAsked,
    Query,
    Result,
    Said,
    acted,
    times,
)
from shared.messages.games.hilo import (
    Card,
    Guess,
    HiloNext,
    HiloOffer,
    HiloShown,
    HiloStart,
    HiloVerified,
    HiloVerify,
)
from shared.messages.round import Round

ACTIONS: Final = Enumeration("ACTION", {"HIGHER": 1, "LOWER": 2, "SKIP": 3, "CASHOUT": 4})

Action = Annotated[Guess, BeforeValidator(ACTIONS.read, json_schema_input_type=int | str)]


class HiloStartAsked(Asked):
    """A round is opened with this card, or with the first of the deck."""

    amount: Decimals
    start_card: Card | None = None


class HiloNextAsked(MoveAsked):
    """A guess about the next card, or none and another card, or enough."""

    action: Action


class HiloQuery(Query):
    """What can be said to hilo."""

    start: HiloStartAsked | None = None
    next: HiloNextAsked | None = None


class HiloVerifyAsked(Asked):
    """The deck under given seeds."""


class HiloTurnTold(Said):
    """One turned card, what was done to turn it, and what cashing out afterwards would pay."""

    card: str
    action: str
    multiplier: str


class HiloOfferTold(Said):
    """What it would come to."""

    multiplier: str
    payout: str


class HiloState(Said):
    """A round: the turned cards, and while it is active what each choice would come to."""

    active: bool
    rounds: tuple[HiloTurnTold, ...]
    current_card: str | None = None
    current: HiloOfferTold | None = None
    higher: HiloOfferTold | None = None
    lower: HiloOfferTold | None = None
    cashed_out: bool


class HiloData(Said):
    """What a round was begun with."""

    amount: str
    start_card: str | None = None


class HiloResult(Result):
    """What is told of a play of hilo."""

    start: Acted | None = None
    next: Acted | None = None
    state: HiloState


class HiloVerifiedTold(Said):
    """The first cards of the deck."""

    deck: tuple[str, ...]


def _start(asked: HiloStartAsked, money: Money) -> HiloStart:
    return HiloStart(amount=money.units(asked.amount), start_card=asked.start_card)


def _next(asked: HiloNextAsked, _: Money) -> HiloNext:
    return HiloNext(action=asked.action)


def _offer(offer: HiloOffer | None, money: Money) -> HiloOfferTold | None:
    if offer is None:
        return None
    return HiloOfferTold(multiplier=times(offer.multiplier), payout=money.text(offer.payout))


def _state(round_: Round, money: Money) -> HiloState:
    shown = round_.shown
    assert isinstance(shown, HiloShown), "a round of hilo shows cards of hilo"
    return HiloState(
        active=shown.active,
        rounds=tuple(
            HiloTurnTold(card=turn.card, action=turn.action.lower(), multiplier=times(turn.multiplier))
            for turn in shown.rounds
        ),
        current_card=shown.current_card or None,
        current=_offer(shown.current, money),
        higher=_offer(shown.higher, money),
        lower=_offer(shown.lower, money),
        cashed_out=shown.cashed_out,
    )


def _data(round_: Round, money: Money) -> HiloData:
    opening = round_.opening
    assert isinstance(opening, HiloStart), "a round of hilo begins with a start"
    return HiloData(amount=money.text(opening.amount), start_card=opening.start_card)


def _verified(verified: HiloVerified) -> HiloVerifiedTold:
    return HiloVerifiedTold(deck=verified.deck)


MANNER: Final = Manner(
    slug="hilo",
    query=HiloQuery,
    result=HiloResult,
    verify=HiloVerifyAsked,
    read={"start": _start, "next": _next},
    tell={"start": acted, "next": acted},
    state=_state,
    data=_data,
    ask=lambda _: HiloVerify(),
    verified=_verified,
    in_steps=True,
)
