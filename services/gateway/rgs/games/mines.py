"""How mines speaks to its client."""

from __future__ import annotations

from typing import Annotated, Any, Final, get_args

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
from shared.messages.games.mines import (
    LARGEST_GRID,
    GridSize,
    MinesCashout,
    MinesInstant,
    MinesReveal,
    MinesShown,
    MinesStart,
    MinesVerified,
    MinesVerify,
)
from shared.messages.round import Round

GRIDS: Final = Enumeration("GRID_SIZE", {str(fields): fields for fields in get_args(GridSize)})


def _fields(value: Any) -> int:
    return GRIDS.numbers[GRIDS.read(value)]


Grid = Annotated[GridSize, BeforeValidator(_fields, json_schema_input_type=int | str)]


class MinesStartAsked(Asked):
    """A round is opened on a grid with so many mines."""

    amount: Decimals
    mine_count: Whole
    grid_size: Grid = 25


class MinesInstantAsked(MinesStartAsked):
    """A whole round in one: these fields are opened in this order, and then it is cashed out."""

    fields: list[Whole] = Field(max_length=LARGEST_GRID)


class MinesRevealAsked(MoveAsked):
    """A field is opened."""

    field: Whole = 0


class MinesCashoutAsked(MoveAsked):
    """What the opened fields are worth is paid."""


class MinesQuery(Query):
    """What can be said to mines."""

    start: MinesStartAsked | None = None
    instant: MinesInstantAsked | None = None
    reveal: MinesRevealAsked | None = None
    cashout: MinesCashoutAsked | None = None


class MinesVerifyAsked(Asked):
    """Where the mines of such a grid lay under given seeds."""

    mine_count: Whole
    grid_size: Grid = 25


class MinesTurnTold(Said):
    """One opened field, and what cashing out afterwards would pay."""

    field: int
    multiplier: str


class MinesState(Said):
    """A round: the opened fields, and once it has ended the mines."""

    active: bool
    mine_count: int
    grid_size: int
    mines: tuple[int, ...] | None = None
    rounds: tuple[MinesTurnTold, ...]
    cashed_out: bool


class MinesData(Said):
    """What a round was begun with."""

    amount: str
    mine_count: int
    grid_size: int
    fields: tuple[int, ...] | None = None


class MinesResult(Result):
    """What is told of a play of mines."""

    start: Acted | None = None
    instant: Acted | None = None
    reveal: Acted | None = None
    cashout: Acted | None = None
    state: MinesState


class MinesVerifiedTold(Said):
    """The fields with mines, in the order of the draw."""

    mines: tuple[int, ...]


def _start(asked: MinesStartAsked, money: Money) -> MinesStart:
    return MinesStart(amount=money.units(asked.amount), mine_count=asked.mine_count, grid_size=asked.grid_size)


def _instant(asked: MinesInstantAsked, money: Money) -> MinesInstant:
    return MinesInstant(
        amount=money.units(asked.amount),
        mine_count=asked.mine_count,
        grid_size=asked.grid_size,
        fields=tuple(asked.fields),
    )


def _reveal(asked: MinesRevealAsked, _: Money) -> MinesReveal:
    return MinesReveal(field=asked.field)


def _cashout(_: MinesCashoutAsked, __: Money) -> MinesCashout:
    return MinesCashout()


def _state(round_: Round, _: Money) -> MinesState:
    shown = round_.shown
    assert isinstance(shown, MinesShown), "a round of mines shows mines"
    return MinesState(
        active=shown.active,
        mine_count=shown.mine_count,
        grid_size=shown.grid_size,
        mines=shown.mines or None,
        rounds=tuple(MinesTurnTold(field=turn.field, multiplier=times(turn.multiplier)) for turn in shown.rounds),
        cashed_out=shown.cashed_out,
    )


def _data(round_: Round, money: Money) -> MinesData:
    opening = round_.opening
    assert isinstance(opening, MinesStart | MinesInstant), "a round of mines begins with a start or in an instant"
    return MinesData(
        amount=money.text(opening.amount),
        mine_count=opening.mine_count,
        grid_size=opening.grid_size,
        fields=opening.fields if isinstance(opening, MinesInstant) else None,
    )


def _ask(asked: MinesVerifyAsked) -> MinesVerify:
    return MinesVerify(mine_count=asked.mine_count, grid_size=asked.grid_size)


def _verified(verified: MinesVerified) -> MinesVerifiedTold:
    return MinesVerifiedTold(mines=verified.mines)


MANNER: Final = Manner(
    slug="mines",
    query=MinesQuery,
    result=MinesResult,
    verify=MinesVerifyAsked,
    read={"start": _start, "instant": _instant, "reveal": _reveal, "cashout": _cashout},
    tell={"start": acted, "instant": acted, "reveal": acted, "cashout": acted},
    state=_state,
    data=_data,
    ask=_ask,
    verified=_verified,
    in_steps=True,
)
