"""How limbo speaks to its client."""

from __future__ import annotations

from typing import Final

from services.gateway.problem import Problem
from services.gateway.rgs.games.manner import (
    MULTIPLIER_DECIMALS,
    Asked,
    Decimals,
    Manner,
    Money,
    Query,
    Result,
    ResultTold,
    Said,
    hundredths,
    result_of,
    times,
)
from shared.messages.games.limbo import (
    LEAST_TARGET,
    MOST_TARGET,
    LimboBet,
    LimboShown,
    LimboVerified,
    LimboVerify,
)
from shared.messages.round import Round
from shared.money import render


class LimboBetAsked(Asked):
    """The outcome is at least the target, such as `2.00`, and the target is what is paid."""

    amount: Decimals
    target: Decimals


class LimboQuery(Query):
    """What can be said to limbo."""

    bet: LimboBetAsked | None = None


class LimboVerifyAsked(Asked):
    """What came up under given seeds."""


class LimboBetTold(Said):
    """The outcome, and what it paid."""

    outcome: str | None = None
    result: ResultTold | None = None


class LimboState(Said):
    """A round: the target, and the outcome."""

    target: str
    outcome: str | None = None


class LimboData(Said):
    """What a round was begun with."""

    amount: str
    target: str


class LimboResult(Result):
    """What is told of a play of limbo."""

    bet: LimboBetTold | None = None
    state: LimboState


class LimboVerifiedTold(Said):
    """The outcome."""

    outcome: str


def _high(of_hundred: int) -> str:
    return times(f"{of_hundred}/100")


def _bet(asked: LimboBetAsked, money: Money) -> LimboBet:
    target = hundredths(asked.target, "target")
    if not LEAST_TARGET <= target <= MOST_TARGET:
        least, most = render(LEAST_TARGET, MULTIPLIER_DECIMALS), render(MOST_TARGET, MULTIPLIER_DECIMALS)
        raise Problem("param_out_of_range", f"target: must be from {least} to {most}", path="target")
    return LimboBet(amount=money.units(asked.amount), target=target)


def _state(round_: Round, _: Money) -> LimboState:
    shown = round_.shown
    assert isinstance(shown, LimboShown), "a round of limbo shows limbo"
    return LimboState(target=_high(shown.target), outcome=None if shown.outcome is None else _high(shown.outcome))


def _told(round_: Round, money: Money) -> LimboBetTold:
    return LimboBetTold(outcome=_state(round_, money).outcome, result=result_of(round_, money))


def _data(round_: Round, money: Money) -> LimboData:
    bet = round_.opening
    assert isinstance(bet, LimboBet), "a round of limbo begins with a bet"
    return LimboData(amount=money.text(bet.amount), target=_high(bet.target))


def _verified(verified: LimboVerified) -> LimboVerifiedTold:
    return LimboVerifiedTold(outcome=_high(verified.outcome))


MANNER: Final = Manner(
    slug="limbo",
    query=LimboQuery,
    result=LimboResult,
    verify=LimboVerifyAsked,
    read={"bet": _bet},
    tell={"bet": _told},
    state=_state,
    data=_data,
    ask=lambda _: LimboVerify(),
    verified=_verified,
)
