"""Limbo: a multiplier falls from the sky, and the bet that it reaches a target."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from shared.messages.base import Amount, Message

LEAST_TARGET: Final = 101
MOST_TARGET: Final = 100_000_000
"""In hundredths, as all targets and outcomes here."""


class LimboBet(Message):
    """The outcome is at least the target, and the target is what is paid."""

    act: Literal["limbo.bet"] = "limbo.bet"
    amount: Amount
    target: int = Field(ge=LEAST_TARGET, le=MOST_TARGET)
    """In hundredths: 200 is twice the amount."""


class LimboShown(Message):
    """What is to be seen of a round; the outcome once it has ended."""

    game: Literal["limbo"] = "limbo"
    target: int
    outcome: int | None = None
    """In hundredths."""


class LimboVerify(Message):
    """What came up under given seeds."""

    game: Literal["limbo"] = "limbo"


class LimboVerified(Message):
    """The outcome, in hundredths."""

    game: Literal["limbo"] = "limbo"
    outcome: int
