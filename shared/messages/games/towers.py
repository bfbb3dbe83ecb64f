"""Towers: nine rows are climbed cell by cell, each safe one pays more, and a mine ends the round."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from shared.messages.base import Amount, Message

ROWS: Final = 9

Difficulty = Literal["EASY", "MEDIUM", "HARD", "EXPERT", "MASTER"]
Cell = Annotated[int, Field(ge=0, le=3)]


class TowersStart(Message):
    """A round is opened at the foot of a tower."""

    act: Literal["towers.start"] = "towers.start"
    amount: Amount
    difficulty: Difficulty


class TowersInstant(Message):
    """A whole round in one: one cell a row from the lowest, and then it is cashed out."""

    act: Literal["towers.instant"] = "towers.instant"
    amount: Amount
    difficulty: Difficulty
    fields: tuple[Cell, ...] = Field(min_length=1, max_length=ROWS)


class TowersReveal(Message):
    """A cell of the current row is opened."""

    act: Literal["towers.reveal"] = "towers.reveal"
    field: Cell


class TowersCashout(Message):
    """Enough: what the climbed rows are worth is paid. At least one has been climbed."""

    act: Literal["towers.cashout"] = "towers.cashout"


class TowersTurn(Message):
    """One opened cell, what cashing out afterwards would pay, as a fraction, and how many rows are climbed."""

    field: int
    multiplier: str
    crowns: int


class TowersShown(Message):
    """What is to be seen of a round; the board once it has ended."""

    game: Literal["towers"] = "towers"
    active: bool
    difficulty: Difficulty
    rounds: tuple[TowersTurn, ...] = ()
    board: tuple[tuple[int, ...], ...] = ()
    """Row by row from the lowest, 1 is safe and 0 a mine; none while it is active."""
    cashed_out: bool = False


class TowersVerify(Message):
    """What stood in the tower under given seeds."""

    game: Literal["towers"] = "towers"
    difficulty: Difficulty


class TowersVerified(Message):
    """Row by row from the lowest, 1 is safe and 0 a mine."""

    game: Literal["towers"] = "towers"
    board: tuple[tuple[int, ...], ...]
