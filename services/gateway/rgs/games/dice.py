"""How dice speaks to its client."""

from __future__ import annotations

from typing import Final

from services.gateway.rgs.games.manner import (
    Asked,
    Decimals,
    Manner,
    Money,
    Query,
    Result,
    ResultTold,
    Said,
    Whole,
    result_of,
)
from shared.messages.games.dice import DiceBet, DiceShown, DiceVerified, DiceVerify
from shared.messages.round import Round


class DiceBetAsked(Asked):
    """The roll is over, or under, a number; exactly one of the two is said."""

    amount: Decimals
    over: Whole | None = None
    under: Whole | None = None


class DiceQuery(Query):
    """What can be said to dice."""

    bet: DiceBetAsked | None = None


class DiceVerifyAsked(Asked):
    """What came up under given seeds."""


class DiceBetTold(Said):
    """The roll, and what it paid."""

    roll: int | None = None
    result: ResultTold | None = None


class DiceState(Said):
    """A round: the bet, and the roll."""

    over: int | None = None
    under: int | None = None
    result: int | None = None


class DiceData(Said):
    """What a round was begun with."""

    amount: str
    over: int | None = None
    under: int | None = None


class DiceResult(Result):
    """What is told of a play of dice."""

    bet: DiceBetTold | None = None
    state: DiceState


class DiceVerifiedTold(Said):
    """The roll."""

    roll: int


def _shown(round_: Round) -> DiceShown:
    assert isinstance(round_.shown, DiceShown), "a round of dice shows dice"
    return round_.shown


def _bet(asked: DiceBetAsked, money: Money) -> DiceBet:
    return DiceBet(amount=money.units(asked.amount), over=asked.over, under=asked.under)


def _told(round_: Round, money: Money) -> DiceBetTold:
    return DiceBetTold(roll=_shown(round_).roll, result=result_of(round_, money))


def _state(round_: Round, _: Money) -> DiceState:
    shown = _shown(round_)
    return DiceState(over=shown.over, under=shown.under, result=shown.roll)


def _data(round_: Round, money: Money) -> DiceData:
    bet = round_.opening
    assert isinstance(bet, DiceBet), "a round of dice begins with a bet"
    return DiceData(amount=money.text(bet.amount), over=bet.over, under=bet.under)


def _verified(verified: DiceVerified) -> DiceVerifiedTold:
    return DiceVerifiedTold(roll=verified.roll)


MANNER: Final = Manner(
    slug="dice",
    query=DiceQuery,
    result=DiceResult,
    verify=DiceVerifyAsked,
    read={"bet": _bet},
    tell={"bet": _told},
    state=_state,
    data=_data,
    ask=lambda _: DiceVerify(),
    verified=_verified,
)
