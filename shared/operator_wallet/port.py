"""What an operator's wallet is asked, and what it can have said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, Protocol

from shared.ids import AssetId, GameCode, OperatorId, PlayerId

ANSWER_WITHIN_S: Final = 3.0
LARGEST_ANSWER_BYTES: Final = 64 * 1024
LONGEST_TEXT: Final = 256
"""Of a status or a message that an operator says."""

Result = Literal["granted", "refused", "unknown", "not_sent", "unknown_transaction"]
"""See `shared.messages.call.Call`."""


class Callee(NamedTuple):
    """Whom to call."""

    operator: OperatorId
    base: str
    """The URL that `/debit` and the others are added to."""
    secret: str
    """What the call is signed with; not to be logged."""


class Said(NamedTuple):
    """How a call ended."""

    result: Result
    why: str
    """For people: what was wrong, or `OK`; never from the answer's body but its status."""
    balance: int | None = None
    """What the player holds there now, in the smallest unit, rounded down."""
    status: str | None = None
    """As the operator says it; of a clean refusal, what it is."""
    message: str | None = None
    """What the operator wants its player to read."""
    account_currency: str | None = None
    """Of an authentication: what the player's account is in, if that was said."""


class Guest(NamedTuple):
    """Who is asked about, where nothing is moved."""

    player: PlayerId
    currency: AssetId
    game: GameCode
    scale: int
    """How many decimals the currency has."""


class HttpAnswer(NamedTuple):
    """What came back."""

    status: int
    body: bytes


class NotConnected(Exception):
    """No connection was ever there, so nothing can have been sent."""


class NoAnswer(Exception):
    """The request may or may not have arrived; the text says what went wrong."""


class Transport(Protocol):
    """How a request travels."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """The answer, at most LARGEST_ANSWER_BYTES of it.

        Raises:
            NotConnected: it was never sent.
            NoAnswer: nobody can tell whether it arrived.
        """
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


Body = Mapping[str, Any]
