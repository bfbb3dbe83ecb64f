"""How a game's own server puts players together, and looks at the lobbies of its game."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import Field

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.sdk.attempts import LEADERBOARDS
from services.gateway.sdk.common import CREATED, OK, EventKey, LobbyPath, answers
from services.gateway.sdk.events import LobbyResponse, lobby_of
from services.gateway.sdk.wire import Asked, Id
from services.gateway.server.common import PREFIX, READ, TAGS, WRITE, GameId, Server, check_game, once_at_server
from shared.ids import LobbyId, PlayerId
from shared.messages.event_spec import MOST_SEATS
from shared.messages.lobby import LobbyAnswer, PushLobby

MOST_METADATA: Final = 50

router = APIRouter(prefix=f"{PREFIX}/games/{{gameId}}", tags=list(TAGS))

Scalar = bool | int | Annotated[str, Field(max_length=256)]


class LobbyBody(Asked):
    key: Id = Field(description="What the game's own server calls it: the same key is the same lobby.")
    external_player_ids: list[Id] = Field(min_length=1, max_length=MOST_SEATS)
    capacity: int | None = Field(default=None, ge=1, le=MOST_SEATS)
    fill_bots: bool = False
    metadata: dict[str, Scalar] | None = Field(default=None, max_length=MOST_METADATA)


@router.post(
    "/events/{eventKey}/lobbies",
    status_code=CREATED,
    response_model=LobbyResponse,
    responses=answers(CREATED, *WRITE),
)
async def push_lobby(here: Server, game_id: GameId, event_key: EventKey, body: LobbyBody) -> LobbyResponse:
    """Put these players together in a lobby of an event; they play there from their next start on."""
    check_game(here, game_id)
    wish = PushLobby(
        event=event_key,
        key=body.key,
        players=tuple(PlayerId(player) for player in body.external_player_ids),
        capacity=body.capacity,
        fill_bots=body.fill_bots,
        metadata=body.metadata or {},
    )
    key = once_at_server("lobby", body.idempotency_key, event_key)
    told = await here.say(LEADERBOARDS, wish, LobbyAnswer, key=event_key, idempotency_key=key)
    return await _shown(here, told.answer.lobby.lobby_id)


@router.get("/lobbies/{lobbyId}", response_model=LobbyResponse, responses=answers(OK, *READ, 404))
async def show_lobby(here: Server, game_id: GameId, lobby_id: LobbyPath) -> LobbyResponse:
    """A lobby as it stands now."""
    check_game(here, game_id)
    return await _shown(here, lobby_id)


async def _shown(here: Here, lobby_id: LobbyId) -> LobbyResponse:
    found = await here.town.events.lobby(here.caller.tenant, lobby_id)
    if found is None:
        raise Problem("no_lobby")
    return LobbyResponse(data=lobby_of(found, here.town.clock.now()))
