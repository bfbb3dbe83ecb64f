"""How keno speaks to its client."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BeforeValidator, Field

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
)
from shared.messages.games.keno import TILES, Difficulty, KenoBet, KenoShown, KenoVerified, KenoVerify
from shared.messages.round import Round

DIFFICULTIES: Final = Enumeration("DIFFICULTY", {"CLASSIC": 1, "LOW": 2, "MEDIUM": 3, "HIGH": 4})

Hard = Annotated[Difficulty, BeforeValidator(DIFFICULTIES.read, json_schema_input_type=int | str)]


class KenoBetAsked(Asked):
    """These tiles will be drawn."""

    amount: Decimals
    tiles: list[Whole] = Field(max_length=TILES)
    difficulty: Hard


class KenoQuery(Query):
    """What can be said to keno."""

    bet: KenoBetAsked | None = None


class KenoVerifyAsked(Asked):
    """What was drawn under given seeds; the difficulty says what hits pay, and changes nothing of the draw."""

    difficulty: Hard


class KenoBetTold(Said):
    """The picked tiles, the drawn ones in the order of the draw, and what the hits paid."""

    picked_tiles: tuple[int, ...]
    result_tiles: tuple[int, ...] | None = None
    result: ResultTold | None = None


class KenoState(Said):
    """A round: the picked tiles, and the drawn ones."""

    difficulty: int
    result: tuple[int, ...] | None = None
    tiles: tuple[int, ...]


class KenoData(Said):
    """What a round was begun with."""

    amount: str
    tiles: tuple[int, ...]
    difficulty: int


class KenoResult(Result):
    """What is told of a play of keno."""

    bet: KenoBetTold | None = None
    state: KenoState


class KenoVerifiedTold(Said):
    """What was drawn, in the order of the draw."""

    result_tiles: tuple[int, ...]


def _bet(asked: KenoBetAsked, money: Money) -> KenoBet:
    return KenoBet(amount=money.units(asked.amount), tiles=tuple(asked.tiles), difficulty=asked.difficulty)


def _state(round_: Round, _: Money) -> KenoState:
    shown = round_.shown
    assert isinstance(shown, KenoShown), "a round of keno shows keno"
    return KenoState(difficulty=DIFFICULTIES.numbers[shown.difficulty], result=shown.drawn or None, tiles=shown.tiles)


def _told(round_: Round, money: Money) -> KenoBetTold:
    state = _state(round_, money)
    return KenoBetTold(picked_tiles=state.tiles, result_tiles=state.result, result=result_of(round_, money))


def _data(round_: Round, money: Money) -> KenoData:
    bet = round_.opening
    assert isinstance(bet, KenoBet), "a round of keno begins with a bet"
    return KenoData(amount=money.text(bet.amount), tiles=bet.tiles, difficulty=DIFFICULTIES.numbers[bet.difficulty])


def _ask(asked: KenoVerifyAsked) -> KenoVerify:
    return KenoVerify(difficulty=asked.difficulty)


def _verified(verified: KenoVerified) -> KenoVerifiedTold:
    return KenoVerifiedTold(result_tiles=verified.drawn)


MANNER: Final = Manner(
    slug="keno",
    query=KenoQuery,
    result=KenoResult,
    verify=KenoVerifyAsked,
    read={"bet": _bet},
    tell={"bet": _told},
    state=_state,
    data=_data,
    ask=_ask,
    verified=_verified,
)
