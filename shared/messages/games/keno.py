"""Keno: ten of forty tiles are drawn, and hits among the picked ones are paid."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from shared.messages.base import Amount, Message

TILES: Final = 40
DRAWN: Final = 10

Difficulty = Literal["CLASSIC", "LOW", "MEDIUM", "HIGH"]
Tile = Annotated[int, Field(ge=1, le=TILES)]


class KenoBet(Message):
    """These tiles will be drawn; each is picked once."""

    act: Literal["keno.bet"] = "keno.bet"
    amount: Amount
    tiles: tuple[Tile, ...] = Field(min_length=1, max_length=DRAWN)
    difficulty: Difficulty


class KenoShown(Message):
    """What is to be seen of a round; what was drawn once it has ended."""

    game: Literal["keno"] = "keno"
    tiles: tuple[int, ...]
    difficulty: Difficulty
    drawn: tuple[int, ...] = ()


class KenoVerify(Message):
    """What came up under given seeds."""

    game: Literal["keno"] = "keno"
    difficulty: Difficulty


class KenoVerified(Message):
    """What was drawn, in the order of the draw."""

    game: Literal["keno"] = "keno"
    drawn: tuple[int, ...]
