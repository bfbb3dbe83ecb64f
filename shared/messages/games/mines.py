"""Mines: fields are opened one by one, each safe one pays more, and a mine ends the round."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from shared.messages.base import Amount, Message

LARGEST_GRID: Final = 64

GridSize = Literal[25, 36, 49, 64]
FieldIndex = Annotated[int, Field(ge=0, lt=LARGEST_GRID)]
MineCount = Annotated[int, Field(ge=1, lt=LARGEST_GRID)]


class MinesStart(Message):
    """A round is opened; the mines lie where the seeds say, and nobody is told."""

    act: Literal["mines.start"] = "mines.start"
    amount: Amount
    mine_count: MineCount
    grid_size: GridSize = 25


class MinesInstant(Message):
    """A whole round in one: these fields are opened in this order, and then it is cashed out."""

    act: Literal["mines.instant"] = "mines.instant"
    amount: Amount
    mine_count: MineCount
    grid_size: GridSize = 25
    fields: tuple[FieldIndex, ...] = Field(min_length=1, max_length=LARGEST_GRID)


class MinesReveal(Message):
    """A field is opened."""

    act: Literal["mines.reveal"] = "mines.reveal"
    field: FieldIndex


class MinesCashout(Message):
    """Enough: what the opened fields are worth is paid. At least one has been opened."""

    act: Literal["mines.cashout"] = "mines.cashout"


class MinesTurn(Message):
    """One opened field, and what cashing out afterwards would pay, as a fraction."""

    field: int
    multiplier: str


class MinesShown(Message):
    """What is to be seen of a round; the mines once it has ended."""

    game: Literal["mines"] = "mines"
    active: bool
    mine_count: int
    grid_size: int
    rounds: tuple[MinesTurn, ...] = ()
    mines: tuple[int, ...] = ()
    """None while it is active."""
    cashed_out: bool = False


class MinesVerify(Message):
    """Where the mines lay under given seeds."""

    game: Literal["mines"] = "mines"
    mine_count: MineCount
    grid_size: GridSize = 25


class MinesVerified(Message):
    """The fields with mines, in the order of the draw."""

    game: Literal["mines"] = "mines"
    mines: tuple[int, ...]
