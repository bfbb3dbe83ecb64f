"""What a wallet's refusal comes to for the player: the same codes, whoever holds the money."""

from __future__ import annotations

from typing import Final

from shared.messages.base import Answer
from shared.messages.round import MoneyStatus
from shared.messages.session import WalletKind
from shared.shapes import Refused

FAILED: Final = "debit_failed"
OF_LEDGER: Final = {
    "insufficient_balance": "insufficient_balance",
    "player_blocked": "player_blocked",
    "no_player": "no_player",
    "limit_exceeded": "limit_exceeded",
    "unknown_asset": "no_currency",
}
OF_OPERATOR: Final = (
    ("INSUFFICIENT", "insufficient_balance"),
    ("NOT_ENOUGH", "insufficient_balance"),
    ("DISABLED", "player_blocked"),
    ("BLOCKED", "player_blocked"),
)
"""What an operator's status says if it has this word in it."""
CLEAN: Final = (*(word for word, _ in OF_OPERATOR), "LIMIT")
"""Only a status with such a word says for sure that a stake was not taken, as comparable wallets agree."""
_KNOWN: Final[dict[str, MoneyStatus]] = {
    "refused": "refused",
    "not_sent": "not_sent",
    "unknown_transaction": "unknown_transaction",
}


def status_of(answer: Answer, wallet: WalletKind) -> MoneyStatus:
    """What became of a movement of money; of what nobody can tell it is unknown. Our own ledger always can."""
    if answer.granted:
        return "done"
    return "refused" if wallet == "internal" else _KNOWN.get(answer.code or "", "unknown")


def status_of_stake(answer: Answer, wallet: WalletKind) -> MoneyStatus:
    """The same of a stake: an operator that refuses it, and not plainly for want of money or leave, may have it."""
    status = status_of(answer, wallet)
    unclear = wallet == "callback" and status == "refused" and not any(word in _said(answer) for word in CLEAN)
    return "unknown" if unclear else status


def refusal_of(answer: Answer, wallet: WalletKind) -> Refused:
    """Why a stake was not taken, in the words of the tables."""
    code = answer.code or ""
    if wallet == "internal":
        return Refused(OF_LEDGER.get(code, FAILED), answer.details)
    if code != "refused":
        return Refused(FAILED)
    status = _said(answer)
    said = {"message": answer.details["message"]} if answer.details.get("message") else {}
    return Refused(next((ours for word, ours in OF_OPERATOR if word in status), "operator_rejected"), said)


def _said(answer: Answer) -> str:
    """The operator's own status, in capitals."""
    return str(answer.details.get("status", "")).upper()
