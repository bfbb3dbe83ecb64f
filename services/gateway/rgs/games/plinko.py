"""How plinko speaks to its client."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BeforeValidator

from services.gateway.rgs.games.manner import (
    Asked,
    Decimals,
    Enumeration,
    Manner,
    Money,
    Query,
    Result,
    ResultTold,
    Said,
    Whole,
    result_of,
    times,
)
from shared.messages.games.plinko import PlinkoBet, PlinkoShown, PlinkoVerified, PlinkoVerify, Risk
from shared.messages.round import Round

RISKS: Final = Enumeration("RISK", {"LOW": 1, "MEDIUM": 2, "HIGH": 3})

Risky = Annotated[Risk, BeforeValidator(RISKS.read, json_schema_input_type=int | str)]


class PlinkoBetAsked(Asked):
    """A ball is dropped on a board of so many rows."""

    amount: Decimals
    rows: Whole
    risk: Risky


class PlinkoQuery(Query):
    """What can be said to plinko."""

    bet: PlinkoBetAsked | None = None


class PlinkoVerifyAsked(Asked):
    """Where the ball fell under given seeds."""

    rows: Whole
    risk: Risky


class DropPoint(Said):
    """Where the ball ended: in slot `x` from the left, below row `y`."""

    x: int
    y: int


class PlinkoBetTold(Said):
    """Where the ball fell, row by row (1 is right, 0 left), and what it paid."""

    drop_point: DropPoint | None = None
    path: tuple[int, ...] | None = None
    result: ResultTold | None = None


class PlinkoState(Said):
    """A round: the board, and the slot that the ball ended in."""

    drop_point: DropPoint | None = None
    path: tuple[int, ...] | None = None
    result: int | None = None
    risk: int
    rows: int


class PlinkoData(Said):
    """What a round was begun with."""

    amount: str
    rows: int
    risk: int


class PlinkoResult(Result):
    """What is told of a play of plinko."""

    bet: PlinkoBetTold | None = None
    state: PlinkoState


class PlinkoVerifiedTold(Said):
    """Where the ball fell, and what that pays."""

    drop_point: DropPoint
    path: tuple[int, ...]
    multiplier: str


def _bet(asked: PlinkoBetAsked, money: Money) -> PlinkoBet:
    return PlinkoBet(amount=money.units(asked.amount), rows=asked.rows, risk=asked.risk)


def _state(round_: Round, _: Money) -> PlinkoState:
    shown = round_.shown
    assert isinstance(shown, PlinkoShown), "a round of plinko shows plinko"
    return PlinkoState(
        drop_point=None if shown.slot is None else DropPoint(x=shown.slot, y=shown.rows),
        path=shown.path or None,
        result=shown.slot,
        risk=RISKS.numbers[shown.risk],
        rows=shown.rows,
    )


def _told(round_: Round, money: Money) -> PlinkoBetTold:
    state = _state(round_, money)
    return PlinkoBetTold(drop_point=state.drop_point, path=state.path, result=result_of(round_, money))


def _data(round_: Round, money: Money) -> PlinkoData:
    bet = round_.opening
    assert isinstance(bet, PlinkoBet), "a round of plinko begins with a bet"
    return PlinkoData(amount=money.text(bet.amount), rows=bet.rows, risk=RISKS.numbers[bet.risk])


def _ask(asked: PlinkoVerifyAsked) -> PlinkoVerify:
    return PlinkoVerify(rows=asked.rows, risk=asked.risk)


def _verified(verified: PlinkoVerified) -> PlinkoVerifiedTold:
    return PlinkoVerifiedTold(
        drop_point=DropPoint(x=verified.slot, y=len(verified.path)),
        path=verified.path,
        multiplier=times(verified.multiplier),
    )


MANNER: Final = Manner(
    slug="plinko",
    query=PlinkoQuery,
    result=PlinkoResult,
    verify=PlinkoVerifyAsked,
    read={"bet": _bet},
    tell={"bet": _told},
    state=_state,
    data=_data,
    ask=_ask,
    verified=_verified,
)
