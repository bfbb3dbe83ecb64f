"""How the wheel speaks to its client."""

from __future__ import annotations

from typing import Annotated, Any, Final

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
    times,
)
from shared.messages.games.wheel import Difficulty, Segments, WheelBet, WheelShown, WheelVerified, WheelVerify
from shared.messages.round import Round

DIFFICULTIES: Final = Enumeration("DIFFICULTY", {"LOW": 1, "MEDIUM": 2, "HIGH": 3})
SEGMENTS: Final = Enumeration("SEGMENTS", {str(slices): slices for slices in (10, 20, 30, 40, 50)})


def _slices(value: Any) -> int:
    return SEGMENTS.numbers[SEGMENTS.read(value)]


Hard = Annotated[Difficulty, BeforeValidator(DIFFICULTIES.read, json_schema_input_type=int | str)]
Slices = Annotated[Segments, BeforeValidator(_slices, json_schema_input_type=int | str)]


class WheelBetAsked(Asked):
    """A wheel of so many slices is turned."""

    amount: Decimals
    segments: Slices
    difficulty: Hard


class WheelQuery(Query):
    """What can be said to the wheel."""

    bet: WheelBetAsked | None = None


class WheelVerifyAsked(Asked):
    """Where such a wheel stopped under given seeds."""

    segments: Slices
    difficulty: Hard


class WheelGameState(Said):
    """A round: the wheel, and the slice that it stopped at, from 0."""

    outcome: int | None = None
    segments: int
    difficulty: int


class WheelBetTold(WheelGameState):
    """Where the wheel stopped, and what it paid."""

    result: ResultTold | None = None


class WheelData(Said):
    """What a round was begun with."""

    amount: str
    segments: int
    difficulty: int


class WheelResult(Result):
    """What is told of a play of the wheel."""

    bet: WheelBetTold | None = None
    state: WheelGameState


class WheelVerifiedTold(Said):
    """Where the wheel stopped, and what that pays."""

    outcome: int
    segments: int
    difficulty: int
    multiplier: str


def _bet(asked: WheelBetAsked, money: Money) -> WheelBet:
    return WheelBet(amount=money.units(asked.amount), segments=asked.segments, difficulty=asked.difficulty)


def _state(round_: Round, _: Money) -> WheelGameState:
    shown = round_.shown
    assert isinstance(shown, WheelShown), "a round of the wheel shows a wheel"
    return WheelGameState(
        outcome=shown.outcome, segments=shown.segments, difficulty=DIFFICULTIES.numbers[shown.difficulty]
    )


def _told(round_: Round, money: Money) -> WheelBetTold:
    return WheelBetTold(**dict(_state(round_, money)), result=result_of(round_, money))


def _data(round_: Round, money: Money) -> WheelData:
    bet = round_.opening
    assert isinstance(bet, WheelBet), "a round of the wheel begins with a bet"
    return WheelData(
        amount=money.text(bet.amount), segments=bet.segments, difficulty=DIFFICULTIES.numbers[bet.difficulty]
    )


def _ask(asked: WheelVerifyAsked) -> WheelVerify:
    return WheelVerify(segments=asked.segments, difficulty=asked.difficulty)


def _verified(verified: WheelVerified) -> WheelVerifiedTold:
    return WheelVerifiedTold(
        outcome=verified.outcome,
        segments=verified.segments,
        difficulty=DIFFICULTIES.numbers[verified.difficulty],
        multiplier=times(verified.multiplier),
    )


MANNER: Final = Manner(
    slug="wheel",
    query=WheelQuery,
    result=WheelResult,
    verify=WheelVerifyAsked,
    read={"bet": _bet},
    tell={"bet": _told},
    state=_state,
    data=_data,
    ask=_ask,
    verified=_verified,
)
