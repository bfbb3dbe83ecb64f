"""The row that every message of the stream leaves, so that it counts once, and what can be read from it again.

A void must take back exactly what its wager brought, so a wager's row says what that was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from services.engines.wager.targets import Part
from shared.messages.wager import REMEMBERED, Deposit, PassWagers, TakeWagers, Wager
from shared.money import MICRO_SCALE
from shared.shapes import Append, Marks, Values

marks = Marks(
    table="wagers",
    key={"wager_id": "text", "status": "text"},
    columns={
        "player": "text",
        "game": "text",
        "currency": "text",
        "stake": "bigint",
        "payout": "bigint",
        "at": "timestamptz",
        "became": "text",
    },
    dated="at",
    kept=REMEMBERED,
)
"""`status` is settled, void or deposit; amounts are in micro-units, a deposit's is its stake."""


class Mark(NamedTuple):
    """One such row."""

    wager_id: str
    status: str
    player: str
    game: str
    currency: str
    stake: int
    payout: int
    at: datetime
    became: str = "[]"
    """JSON: what it did to each target."""

    @property
    def row(self) -> Append:
        """As it is written."""
        return Append(self[:2], self[2:])

    @property
    def parts(self) -> list[Part]:
        """What it did to each target."""
        return [Part(*part) for part in orjson.loads(self.became)]

    def that_became(self, parts: Sequence[Part]) -> Mark:
        """The row of a wager that did this."""
        return Mark(*self[:8], orjson.dumps([tuple(part) for part in parts]).decode())

    def tells(self, other: Mark) -> bool:
        """Whether both are the same report, whatever became of it."""
        return self[:8] == other[:8]


def read_mark(row: Values) -> Mark:
    """The row as it was written."""
    return Mark(*row)  # type: ignore[arg-type]


def mark_of(said: Wager | Deposit) -> Mark:
    """The row of a message, before anything became of it."""
    if isinstance(said, Deposit):
        amount = micros_of(said.amount)
        return Mark(said.deposit_id, "deposit", said.player, "", said.currency, amount, 0, said.at)
    stake, payout = micros_of(said.stake), micros_of(said.payout)
    return Mark(said.wager_id, said.status, said.player, said.game, said.currency, stake, payout, said.at)


def micros_of(amount: str) -> int:
    """Micro-units of an amount that the message's own form has let through."""
    whole, _, decimals = amount.partition(".")
    return int(whole + decimals.ljust(MICRO_SCALE, "0"))


def said(command: TakeWagers | PassWagers) -> tuple[Wager | Deposit, ...]:
    """The messages that are decided on here."""
    return command.here if isinstance(command, TakeWagers) else command.wagers


def id_of(message: Wager | Deposit) -> str:
    """What a message counts once by."""
    return message.wager_id if isinstance(message, Wager) else message.deposit_id
