"""What an operator's answer comes to: granted only if every sign of it is there, refused only if nothing is unclear."""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import ROUND_FLOOR, Decimal, InvalidOperation, localcontext
from typing import Any, Final

from shared.messages.base import LARGEST_AMOUNT
from shared.operator_wallet.port import LONGEST_TEXT, HttpAnswer, Said

OK: Final = "OK"
_UNKNOWN_TRANSACTION: Final = re.compile(
    r"UNKNOWN_?(TRANSACTION|DEBIT|BET)|(TRANSACTION|DEBIT|BET)_?(IS_|DOES_)?(UNKNOWN|NOT_?(FOUND|EXIST))"
)
_NO_TEXT: Final = frozenset({"Cc", "Cs"})
"""Kinds of characters that are not passed on: controls such as NUL, and halves of pairs."""
_DECIMAL: Final = re.compile(r"-?[0-9]{1,24}(\.[0-9]{1,24})?")


def read(answer: HttpAnswer, request_id: str, scale: int, *, rollback: bool = False) -> Said:
    """Tell what was said.

    Args:
        answer: as it came.
        request_id: which must have been echoed.
        scale: how many decimals the currency has.
        rollback: whether a debit was to be taken back, so that there may be none.
    """
    unclear = Said("unknown", f"status {answer.status}")
    if not (200 <= answer.status < 300 or 400 <= answer.status < 500):
        return unclear
    body = _object(answer.body)
    if body is None:
        return unclear._replace(why=f"status {answer.status} without a JSON object")
    if body.get("requestId") != request_id:
        return unclear._replace(why="another requestId")
    status = body.get("status")
    if type(status) is not str or not status:
        return unclear._replace(why="no status")
    if status == OK:
        return _granted(answer.status, body, scale)
    refused = Said("refused", "refused", status=_text(status), message=_text(body.get("customUserError")))
    if rollback and _UNKNOWN_TRANSACTION.search(re.sub(r"[\W_]+", "_", status.upper())):
        return refused._replace(result="unknown_transaction", why="unknown transaction")
    return refused


def _granted(status: int, body: dict[str, Any], scale: int) -> Said:
    if status >= 400:
        return Said("unknown", f"OK with status {status}")
    balance = _units(body.get("balance"), scale)
    if balance is None:
        return Said("unknown", "no balance that can be read")
    return Said("granted", OK, balance, OK, account_currency=_text(body.get("accountCurrency")))


class _Number(str):
    """A number as it is written, so that none becomes a float."""

    __slots__ = ()


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body, parse_float=_Number, parse_int=_Number)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _units(balance: object, scale: int) -> int | None:
    """Whole smallest units of what is written in decimals, the rest of a unit not counted."""
    if not isinstance(balance, str) or not _DECIMAL.fullmatch(balance):
        return None
    with localcontext(prec=64):
        try:
            units = int((Decimal(balance) * 10**scale).to_integral_value(ROUND_FLOOR))
        except InvalidOperation:
            return None
    return units if abs(units) <= LARGEST_AMOUNT else None


def _text(value: object) -> str | None:
    if type(value) is not str or not value:
        return None
    return "".join("\ufffd" if unicodedata.category(one) in _NO_TEXT else one for one in value[:LONGEST_TEXT])
