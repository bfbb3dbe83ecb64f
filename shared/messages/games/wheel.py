"""Wheel: it stops at one of its slices, and the slice says what is paid."""

from __future__ import annotations

from typing import Literal

from shared.messages.base import Amount, Message

Difficulty = Literal["LOW", "MEDIUM", "HIGH"]
Segments = Literal[10, 20, 30, 40, 50]


class WheelBet(Message):
    """The wheel is turned."""

    act: Literal["wheel.bet"] = "wheel.bet"
    amount: Amount
    segments: Segments
    difficulty: Difficulty


class WheelShown(Message):
    """What is to be seen of a round; where it stopped once it has ended."""

    game: Literal["wheel"] = "wheel"
    segments: Segments
    difficulty: Difficulty
    outcome: int | None = None
    """The slice, from 0."""


class WheelVerify(Message):
    """What came up under given seeds."""

    game: Literal["wheel"] = "wheel"
    segments: Segments
    difficulty: Difficulty


class WheelVerified(Message):
    """Where it stopped, and what that pays, as a fraction."""

    game: Literal["wheel"] = "wheel"
    segments: Segments
    difficulty: Difficulty
    outcome: int
    multiplier: str
