"""How towers speaks to its client."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BeforeValidator, Field

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
    Whole,
    acted,
    times,
)
from shared.messages.games.towers import (
    ROWS,
    Difficulty,
    TowersCashout,
    TowersInstant,
    TowersReveal,
    TowersShown,
    TowersStart,
    TowersVerified,
    TowersVerify,
)
from shared.messages.round import Round

DIFFICULTIES: Final = Enumeration("DIFFICULTY", {"EASY": 1, "MEDIUM": 2, "HARD": 3, "EXPERT": 4, "MASTER": 5})

Hard = Annotated[Difficulty, BeforeValidator(DIFFICULTIES.read, json_schema_input_type=int | str)]


class TowersStartAsked(Asked):
    """A round is opened at the foot of such a tower."""

    amount: Decimals
    difficulty: Hard


class TowersInstantAsked(TowersStartAsked):
    """A whole round in one: one cell a row from the lowest, and then it is cashed out."""

    fields: list[Whole] = Field(max_length=ROWS)


class TowersRevealAsked(MoveAsked):
    """A cell of the current row is opened."""

    field: Whole = 0


class TowersCashoutAsked(MoveAsked):
    """What the climbed rows are worth is paid."""


class TowersQuery(Query):
    """What can be said to towers."""

    start: TowersStartAsked | None = None
    instant: TowersInstantAsked | None = None
    reveal: TowersRevealAsked | None = None
    cashout: TowersCashoutAsked | None = None


class TowersVerifyAsked(Asked):
    """What stood in such a tower under given seeds."""

    difficulty: Hard


class TowersRowTold(Said):
    """One row: 1 is safe and 0 a mine."""

    cells: tuple[int, ...]


class TowersTurnTold(Said):
    """One opened cell, what cashing out afterwards would pay, and how many rows are climbed."""

    field: int
    multiplier: str
    crowns: int


class TowersState(Said):
    """A round: the opened cells, and once it has ended the board, from the lowest row."""

    active: bool
    difficulty: int
    board: tuple[TowersRowTold, ...] | None = None
    rounds: tuple[TowersTurnTold, ...]
    cashed_out: bool


class TowersData(Said):
    """What a round was begun with."""

    amount: str
    difficulty: int
    fields: tuple[int, ...] | None = None


class TowersResult(Result):
    """What is told of a play of towers."""

    start: Acted | None = None
    instant: Acted | None = None
    reveal: Acted | None = None
    cashout: Acted | None = None
    state: TowersState


class TowersVerifiedTold(Said):
    """The board, from the lowest row."""

    board: tuple[TowersRowTold, ...]


def _start(asked: TowersStartAsked, money: Money) -> TowersStart:
    return TowersStart(amount=money.units(asked.amount), difficulty=asked.difficulty)


def _instant(asked: TowersInstantAsked, money: Money) -> TowersInstant:
    return TowersInstant(amount=money.units(asked.amount), difficulty=asked.difficulty, fields=tuple(asked.fields))


def _reveal(asked: TowersRevealAsked, _: Money) -> TowersReveal:
    return TowersReveal(field=asked.field)


def _cashout(_: TowersCashoutAsked, __: Money) -> TowersCashout:
    return TowersCashout()


def _rows(board: tuple[tuple[int, ...], ...]) -> tuple[TowersRowTold, ...]:
    return tuple(TowersRowTold(cells=cells) for cells in board)


def _state(round_: Round, _: Money) -> TowersState:
    shown = round_.shown
    assert isinstance(shown, TowersShown), "a round of towers shows a tower"
    return TowersState(
        active=shown.active,
        difficulty=DIFFICULTIES.numbers[shown.difficulty],
        board=_rows(shown.board) or None,
        rounds=tuple(
            TowersTurnTold(field=turn.field, multiplier=times(turn.multiplier), crowns=turn.crowns)
            for turn in shown.rounds
        ),
        cashed_out=shown.cashed_out,
    )


def _data(round_: Round, money: Money) -> TowersData:
    opening = round_.opening
    assert isinstance(opening, TowersStart | TowersInstant), "a round of towers begins with a start or in an instant"
    return TowersData(
        amount=money.text(opening.amount),
        difficulty=DIFFICULTIES.numbers[opening.difficulty],
        fields=opening.fields if isinstance(opening, TowersInstant) else None,
    )


def _ask(asked: TowersVerifyAsked) -> TowersVerify:
    return TowersVerify(difficulty=asked.difficulty)


def _verified(verified: TowersVerified) -> TowersVerifiedTold:
    return TowersVerifiedTold(board=_rows(verified.board))


MANNER: Final = Manner(
    slug="towers",
    query=TowersQuery,
    result=TowersResult,
    verify=TowersVerifyAsked,
    read={"start": _start, "instant": _instant, "reveal": _reveal, "cashout": _cashout},
    tell={"start": acted, "instant": acted, "reveal": acted, "cashout": acted},
    state=_state,
    data=_data,
    ask=_ask,
    verified=_verified,
    in_steps=True,
)
