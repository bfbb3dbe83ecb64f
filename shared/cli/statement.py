"""An operator's own book of the rounds, from a file or from where the operator tells it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpx
import orjson

from shared.money import BadAmount, parse, render
from shared.operator_wallet.signature import OPERATOR_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, signature_of
from shared.settings import WrongSettings

TIMEOUT_S: Final = 60.0
_FIELDS: Final = ("transactionId", "roundId", "type", "amount", "status")


class Line(NamedTuple):
    """One movement as the operator has it."""

    transaction: str
    round: str
    type: str
    """`debit` or `credit`."""
    amount: str
    status: str

    @property
    def stands(self) -> bool:
        """Whether it counts there; a credit of nothing only said that the round is over."""
        return self.status == "applied" and bool(self.amount.strip("0."))

    def units(self, scale: int) -> str:
        """The amount with this many decimals, to be compared; as it is written if it does not fit."""
        try:
            return render(parse(_trimmed(self.amount), scale), scale)
        except BadAmount:
            return self.amount


def read(source: str, operator: str, secret: str | None) -> Iterator[Line]:
    """The statement's lines, each a JSON object.

    Args:
        source: a file, or a URL to be asked with a signature.
        operator: whose it is.
        secret: what requests are signed with; None sends no signature.

    Raises:
        WrongSettings: it cannot be read, or a line is not as it must be.
    """
    text = _fetched(source, operator, secret) if source.startswith(("http://", "https://")) else _opened(source)
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _line(source, number, line)


def _line(source: str, number: int, text: bytes) -> Line:
    try:
        found: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise WrongSettings(f"{source}, line {number} is not JSON: {error}") from None
    values = [found.get(name) for name in _FIELDS] if isinstance(found, dict) else [None]
    if not all(isinstance(value, str) for value in values):
        raise WrongSettings(f"{source}, line {number} must be an object with the texts {', '.join(_FIELDS)}")
    return Line(*values)


def _opened(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise WrongSettings(f"{path} cannot be read: {error.strerror}") from None


def _fetched(url: str, operator: str, secret: str | None) -> bytes:
    headers = {}
    if secret is not None:
        timestamp = str(int(time.time()))
        signature = signature_of(secret, timestamp, urlsplit(url).path, b"")
        headers = {OPERATOR_HEADER: operator, TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature}
    try:
        answer = httpx.get(url, headers=headers, timeout=TIMEOUT_S, trust_env=False)
        return answer.raise_for_status().content
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise WrongSettings(f"the operator does not tell its book at {url}: {error}") from None


def _trimmed(amount: str) -> str:
    """Without decimals that say nothing."""
    return amount.rstrip("0").rstrip(".") if "." in amount else amount
