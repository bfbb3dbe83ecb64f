"""The demo operator's book: what its players hold, and every movement that a game server asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from shared.money import BadAmount, parse, render

SCALE: Final = 8
"""Decimals that the book is kept in; no currency has more."""
SHOWN_SCALE: Final = 2

Kind = Literal["authenticate", "balance", "debit", "credit", "rollback"]
KINDS: Final[tuple[Kind, ...]] = ("authenticate", "balance", "debit", "credit", "rollback")


@dataclass(slots=True)
class Movement:
    """One transaction, as it stands."""

    transaction: str
    round: str
    type: Literal["debit", "credit"]
    player: str
    amount: int
    """In units of the book."""
    status: Literal["applied", "rolled_back"] = "applied"

    def told(self) -> dict[str, str]:
        """As the operator's statement has it."""
        return {
            "transactionId": self.transaction,
            "roundId": self.round,
            "type": self.type,
            "amount": shown(self.amount),
            "status": self.status,
        }


@dataclass(slots=True)
class Book:
    """Whole numbers inside. A movement with a known id is not made again; a debit that never came can come later."""

    opening: int = 1_000 * 10**SCALE
    """What somebody new holds."""
    held: dict[str, int] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)
    movements: dict[tuple[str, str], Movement] = field(default_factory=dict)
    """By transaction id and type."""
    staked: Counter[str] = field(default_factory=Counter)
    """Debits that stand, by round."""

    def answer(self, kind: Kind, body: Mapping[str, Any]) -> dict[str, Any]:
        """What the operator says to this call, which has counted then."""
        player = str(body.get("playerId", ""))
        self.held.setdefault(player, self.opening)
        try:
            status = self._done(kind, player, body)
        except (BadAmount, KeyError, TypeError) as error:
            status = f"WRONG_SYNTAX_{type(error).__name__.upper()}"
        said = {"requestId": body.get("requestId"), "status": status, "balance": shown(self.held[player])}
        if kind == "authenticate":
            said["accountCurrency"] = self.currencies[player]
        return said

    def statement(self) -> list[dict[str, str]]:
        """Every movement, in the order in which it was first made."""
        return [movement.told() for movement in self.movements.values()]

    def _done(self, kind: Kind, player: str, body: Mapping[str, Any]) -> str:
        match kind:
            case "authenticate":
                self.currencies.setdefault(player, str(body["currency"]))
                return "OK"
            case "balance":
                return "OK"
            case "rollback":
                return self._roll_back(str(body["transactionId"]))
            case _:
                return self._move(kind, player, body)

    def _move(self, kind: Literal["debit", "credit"], player: str, body: Mapping[str, Any]) -> str:
        new = Movement(
            str(body["transactionId"]), str(body["roundId"]), kind, player, parse(str(body["amount"]), SCALE)
        )
        known = self.movements.get((new.transaction, kind))
        if known is not None:
            return self._known(known, new)
        if kind == "debit" and self.held[player] < new.amount:
            return "INSUFFICIENT_FUNDS"
        if kind == "credit" and not self.staked[new.round]:
            return "ROUND_NOT_FOUND"
        self.movements[new.transaction, kind] = new
        self.staked[new.round] += kind == "debit"
        self.held[player] += new.amount if kind == "credit" else -new.amount
        return "OK"

    def _known(self, known: Movement, again: Movement) -> str:
        if (known.round, known.player, known.amount) != (again.round, again.player, again.amount):
            return "DUPLICATE_TRANSACTION"
        return "OK" if known.status == "applied" else "TRANSACTION_ROLLED_BACK"

    def _roll_back(self, transaction: str) -> str:
        debit = self.movements.get((transaction, "debit"))
        if debit is None:
            return "UNKNOWN_TRANSACTION"
        if debit.status == "applied":
            debit.status = "rolled_back"
            self.staked[debit.round] -= 1
            self.held[debit.player] += debit.amount
        return "OK"


def shown(amount: int) -> str:
    """Decimal text with as many decimals as it takes, at least two."""
    whole, _, decimals = render(amount, SCALE).partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(SHOWN_SCALE, '0')}"
