"""What every route of the servers' door shares: how it is asked, and what can go wrong."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Security
from fastapi.security import HTTPBearer

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.sdk.common import once

PREFIX: Final = "/server/v1"
TAGS: Final = ["server"]
BUCKET: Final = "server_api"
LONGEST_REFERENCE: Final = 500

READ: Final = (400, 401, 403, 429, 500, 503)
WRITE: Final = (400, 401, 403, 404, 409, 413, 429, 500, 503, 504)

bearer = HTTPBearer(scheme_name="server_integration", description="A game server's key: `<prefix>.<secret>`.")

Server = Annotated[Here, Security(bearer, scopes=[BUCKET])]
GameId = Annotated[str, Path(alias="gameId", min_length=1, max_length=128, description="As `/ping` tells it.")]


def check_game(here: Here, game_id: str) -> None:
    """Raises Problem if that is not the game of the key."""
    if game_id != here.caller.tenant:
        raise Problem("other_game")


def once_at_server(route: str, key: str | None, *names: str) -> str | None:
    """As `once`; a client's key of the same text is another wish."""
    return once(f"server.{route}", key, *names)
