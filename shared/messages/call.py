"""What an operator's wallet is asked, outside of everything here: take a stake, pay, or take a stake back."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from shared.ids import AssetId, GameCode, OperatorId, PlayerId, RoundId
from shared.messages.base import LARGEST_AMOUNT, Command, Reply
from shared.messages.seat import Seat


class Call(Command):
    """One call of an operator's wallet. It is answered with one of the refusals below, or with CallAnswer.

    `refused`: nothing was taken; details say `status`, and `message` for the player. `unknown`: nobody can tell whether
    it was applied. `not_sent`: it was not even tried. `unknown_transaction`: of a rollback, there is no such debit.
    """

    seat: Seat
    round_id: RoundId
    transaction_id: str
    """The same at every try; a rollback bears that of its debit."""
    amount: int = Field(ge=0, le=LARGEST_AMOUNT)
    """In the currency's smallest unit."""
    scale: int = Field(ge=0, le=8)
    """Of the currency: how many decimals the wallet is told."""


class CallDebit(Call, wire="call.debit"):
    """Take a stake. It is tried once: whatever is not clearly granted or refused is unknown."""


class CallCredit(Call, wire="call.credit"):
    """Pay what was won, or nothing, which only says that the round is over."""

    round_closed: bool


class CallRollback(Call, wire="call.rollback"):
    """Take back a debit, if it was applied."""


class CallAnswer(Reply):
    """The wallet has done it."""

    balance: int | None = None
    """What the player holds there now, if it said so, in the smallest unit."""


_call: dict[str, Any] = {
    "seat": Seat(
        player=PlayerId("rocket"),
        operator=OperatorId("66666666-7777-4888-8999-000000000000"),
        game=GameCode("dice-alpha"),
        currency=AssetId("USD"),
    ),
    "round_id": RoundId("0192f0c1-0000-7000-8000-000000000008"),
    "transaction_id": "7a1de1f6-95a5-5a0e-9b0e-3f0b8a1c7d33",
    "amount": 100,
    "scale": 2,
}

SAMPLES = (
    CallDebit(**_call),
    CallCredit(**_call | {"amount": 198}, round_closed=True),
    CallRollback(**_call),
    CallAnswer(balance=10_098),
)
