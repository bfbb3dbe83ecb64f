"""Plinko: a ball falls left or right at every row, and the slot that it ends in says what is paid."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.messages.base import Amount, Message

Risk = Literal["LOW", "MEDIUM", "HIGH"]


class PlinkoBet(Message):
    """A ball is dropped."""

    act: Literal["plinko.bet"] = "plinko.bet"
    amount: Amount
    rows: int = Field(ge=8, le=16)
    risk: Risk


class PlinkoShown(Message):
    """What is to be seen of a round; where the ball fell once it has ended."""

    game: Literal["plinko"] = "plinko"
    rows: int
    risk: Risk
    path: tuple[int, ...] = ()
    """1 is right, 0 left, row by row."""
    slot: int | None = None
    """How often it fell to the right."""


class PlinkoVerify(Message):
    """What came up under given seeds."""

    game: Literal["plinko"] = "plinko"
    rows: int = Field(ge=8, le=16)
    risk: Risk


class PlinkoVerified(Message):
    """Where the ball fell, and what that pays, as a fraction such as `7/5`."""

    game: Literal["plinko"] = "plinko"
    path: tuple[int, ...]
    slot: int
    multiplier: str
