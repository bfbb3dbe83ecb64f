"""Dice: a roll of 0 to 9999, and the bet that it is over or under a number."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.messages.base import Amount, Message


class DiceBet(Message):
    """The roll is strictly over, or strictly under, a number; exactly one of the two is said."""

    act: Literal["dice.bet"] = "dice.bet"
    amount: Amount
    over: int | None = Field(default=None, ge=0, le=9_998)
    under: int | None = Field(default=None, ge=1, le=9_999)


class DiceShown(Message):
    """What is to be seen of a round; the roll once it has ended."""

    game: Literal["dice"] = "dice"
    over: int | None = None
    under: int | None = None
    roll: int | None = None


class DiceVerify(Message):
    """What came up under given seeds."""

    game: Literal["dice"] = "dice"


class DiceVerified(Message):
    """The roll."""

    game: Literal["dice"] = "dice"
    roll: int
