"""What every route of the games' door shares: who may ask, what a path may name, what can go wrong."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from services.gateway.here import Here
from services.gateway.operators import Operator
from services.gateway.problem import Problem
from services.gateway.rgs.games.manner import Manner, Money
from services.gateway.rgs.games.registry import MANNERS
from services.gateway.rgs.guard import BEARER, OPERATOR, OPERATOR_READS, PLAYER, OperatorCaller, Player
from services.gateway.rgs.wire import RgsErrorBody
from services.gateway.route import refusals
from shared.ids import AssetId, RoundId, uuid_of
from shared.messages.wallet import AssetSpec
from shared.operator_wallet.signature import OPERATOR_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

LONGEST_KEY: Final = 128
"""Of an `Idempotency-Key`."""

operator_id = APIKeyHeader(name=OPERATOR_HEADER, scheme_name="operator_id", description="The operator's uuid.")
timestamp = APIKeyHeader(
    name=TIMESTAMP_HEADER, scheme_name="operator_timestamp", description="Unix seconds, within 30 s of the server's."
)
signature = APIKeyHeader(
    name=SIGNATURE_HEADER,
    scheme_name="operator_signature",
    description="HMAC-SHA256 of timestamp, path and compact body under the operator's secret, in lower-case hex.",
)
session = HTTPBearer(scheme_name="session_token", description="The `sessionToken` of the launch URL.")


def signs(
    operator_id: Annotated[str, Security(operator_id)],
    timestamp: Annotated[str, Security(timestamp)],
    signature: Annotated[str, Security(signature)],
) -> None:
    """For the document alone: the guard reads these headers."""


def idempotency_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=LONGEST_KEY,
            pattern=r"^[A-Za-z0-9_\-:.]+$",
            description="One per wish; the same key again repeats the first answer and does nothing.",
        ),
    ] = None,
) -> None:
    """For the document alone: `Here.idempotency_key` reads this header."""


def bears(token: Annotated[Any, Security(session)]) -> None:
    """For the document alone: the guard reads this header."""


Launches = Annotated[Here, Security(signs, scopes=[OPERATOR])]
Asks = Annotated[Here, Security(signs, scopes=[OPERATOR_READS])]
Plays = Annotated[Here, Security(bears, scopes=[BEARER])]
Sits = Annotated[Here, Security(bears, scopes=[PLAYER])]
REPEATABLE: Final = Depends(idempotency_key)

RoundPath = Annotated[RoundId, Path(alias="roundId", min_length=1, max_length=128, description="As play answered it.")]

READ: Final = refusals(RgsErrorBody, 400, 401, 403, 500, 503)
WRITE: Final = {**READ, **refusals(RgsErrorBody, 409, 413, 504)}
PLAY: Final = {**WRITE, **refusals(RgsErrorBody, 402, 404)}


def operator_of(here: Here) -> Operator:
    """Who signed the request."""
    assert isinstance(here.caller, OperatorCaller), "the guard lets nobody else in here"
    return here.caller.signer[0]


def player_of(here: Here) -> Player:
    """Who plays."""
    assert isinstance(here.caller, Player), "the guard lets nobody else in here"
    return here.caller


def manner_of(player: Player) -> Manner:
    """How the game that is played speaks."""
    return MANNERS[player.slug]


def money_of(here: Here, currency: AssetId) -> Money:
    """The currency's decimals. Raises Problem `no_currency`."""
    asset = here.town.definitions.current(here.caller.tenant, AssetSpec, currency)
    if asset is None:
        raise Problem("no_currency")
    return Money(asset.spec.scale)


def wish_key(here: Here, operation: str) -> str | None:
    """What makes two requests one wish: the key that was sent, for this operation at this table. Raises Problem."""
    key = here.idempotency_key(LONGEST_KEY)
    seat = player_of(here).seat
    return None if key is None else uuid_of(operation, seat.operator, seat.game, key)
