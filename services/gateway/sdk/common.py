"""What every route of the games' doors shares: how it is asked, what a path may name, what can go wrong."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final

import orjson
from fastapi import Path, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from services.gateway.here import Here
from services.gateway.sdk.guard import EXTERNAL_ID, PLAYER, Game
from services.gateway.sdk.wire import ErrorResponse
from shared.ids import AssetId, AttemptId, BoardId, EventId, GrantId, LobbyId, PlayerId

PREFIX: Final = "/sdk/v1"
TAGS: Final = ["sdk"]
OK: Final = 200
CREATED: Final = 201
ACCEPTED: Final = 202

READ: Final = (400, 401, 403, 429, 500, 503)
WRITE: Final = (400, 401, 403, 404, 409, 413, 429, 500, 503, 504)

_FIGURES: Final = {
    "RateLimit-Limit": "How many requests may come in a minute, of a player or of an address.",
    "RateLimit-Remaining": "How many more may come right now.",
    "RateLimit-Reset": "In how many seconds as many may come at once as ever.",
}
FIGURES: Final = {
    name: {"description": words, "required": True, "schema": {"type": "integer"}} for name, words in _FIGURES.items()
}
"""The headers of every answer, for the document."""

bearer = HTTPBearer(scheme_name="client_sdk", description="A game client's key: `<prefix>.<secret>`.")
player_secret = APIKeyHeader(
    name="X-Player-Secret", scheme_name="player_secret", description="As it was told when the player registered."
)

_Key = Annotated[Any, Security(bearer)]
_Secret = Annotated[str, Security(player_secret)]


def player(key: _Key, secret: _Secret) -> None:
    """For the document alone: the guard reads these headers."""


Looks = Annotated[Here, Security(bearer, scopes=["sdk_read"])]
Writes = Annotated[Here, Security(bearer, scopes=["sdk_write"])]
PlayerLooks = Annotated[Here, Security(player, scopes=["sdk_read", PLAYER])]
PlayerWrites = Annotated[Here, Security(player, scopes=["sdk_write", PLAYER])]

_LENGTHS: Final[dict[str, Any]] = {"min_length": 1, "max_length": 128}

ExternalId = Annotated[PlayerId, Path(alias=EXTERNAL_ID, description="The game's own name for the player.", **_LENGTHS)]
EventKey = Annotated[EventId, Path(alias="eventKey", **_LENGTHS)]
AttemptPath = Annotated[AttemptId, Path(alias="attemptId", **_LENGTHS)]
BoardPath = Annotated[BoardId, Path(alias="leaderboardId", **_LENGTHS)]
GrantPath = Annotated[GrantId, Path(alias="grantId", **_LENGTHS)]
LobbyPath = Annotated[LobbyId, Path(alias="lobbyId", **_LENGTHS)]
ItemKey = Annotated[AssetId, Path(alias="itemKey", **_LENGTHS)]
EconomyKey = Annotated[AssetId, Path(alias="economyKey", **_LENGTHS)]


def answers(status: int, *refusals: int) -> dict[int | str, dict[str, Any]]:
    """The statuses that a route documents, each with its headers: the good one, and those with an error."""
    told: dict[int | str, dict[str, Any]] = {status: {"headers": FIGURES}}
    return told | {refusal: {"model": ErrorResponse, "headers": FIGURES} for refusal in refusals}


def game_of(here: Here) -> Game:
    """Whose key it is."""
    assert isinstance(here.caller, Game), "the games' guard admits nobody else"
    return here.caller


def once(route: str, key: str | None, *names: str) -> str | None:
    """What makes two requests one wish: the route, what its path names, and the caller's key, if there is one."""
    if key is None:
        return None
    return hashlib.sha256(orjson.dumps([route, *names, key])).hexdigest()
