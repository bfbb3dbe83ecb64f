"""How baccarat speaks to its client. Sides are told by the names that the documents print, such as `banker`."""

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
    result_of,
)
from shared.messages.games.baccarat import BaccaratBet, BaccaratShown, BaccaratVerified, BaccaratVerify, Side
from shared.messages.round import Round

SIDES: Final = Enumeration("SIDE", {"PLAYER": 1, "BANKER": 2, "TIE": 3})

OnSide = Annotated[Side, BeforeValidator(SIDES.read, json_schema_input_type=int | str)]


class BaccaratBetAsked(Asked):
    """This side will win."""

    amount: Decimals
    on: OnSide


class BaccaratQuery(Query):
    """What can be said to baccarat."""

    bet: BaccaratBetAsked | None = None


class BaccaratVerifyAsked(Asked):
    """What came up under given seeds."""


class BaccaratState(Said):
    """A round: the bet, and the hands in the order of the deal."""

    on: str
    player: tuple[str, ...] | None = None
    banker: tuple[str, ...] | None = None
    player_points: int | None = None
    banker_points: int | None = None
    winner: str | None = None


class BaccaratBetTold(BaccaratState):
    """The hands, and what they paid."""

    result: ResultTold | None = None


class BaccaratData(Said):
    """What a round was begun with."""

    amount: str
    on: str


class BaccaratResult(Result):
    """What is told of a play of baccarat."""

    bet: BaccaratBetTold | None = None
    state: BaccaratState


class BaccaratVerifiedTold(Said):
    """The hands and who won."""

    player: tuple[str, ...]
    banker: tuple[str, ...]
    winner: str


def _bet(asked: BaccaratBetAsked, money: Money) -> BaccaratBet:
    return BaccaratBet(amount=money.units(asked.amount), on=asked.on)


def _state(round_: Round, _: Money) -> BaccaratState:
    shown = round_.shown
    assert isinstance(shown, BaccaratShown), "a round of baccarat shows hands"
    return BaccaratState(
        on=shown.on.lower(),
        player=shown.player or None,
        banker=shown.banker or None,
        player_points=shown.player_points,
        banker_points=shown.banker_points,
        winner=None if shown.winner is None else shown.winner.lower(),
    )


def _told(round_: Round, money: Money) -> BaccaratBetTold:
    return BaccaratBetTold(**dict(_state(round_, money)), result=result_of(round_, money))


def _data(round_: Round, money: Money) -> BaccaratData:
    bet = round_.opening
    assert isinstance(bet, BaccaratBet), "a round of baccarat begins with a bet"
    return BaccaratData(amount=money.text(bet.amount), on=bet.on.lower())


def _verified(verified: BaccaratVerified) -> BaccaratVerifiedTold:
    return BaccaratVerifiedTold(player=verified.player, banker=verified.banker, winner=verified.winner.lower())


MANNER: Final = Manner(
    slug="baccarat",
    query=BaccaratQuery,
    result=BaccaratResult,
    verify=BaccaratVerifyAsked,
    read={"bet": _bet},
    tell={"bet": _told},
    state=_state,
    data=_data,
    ask=lambda _: BaccaratVerify(),
    verified=_verified,
)
