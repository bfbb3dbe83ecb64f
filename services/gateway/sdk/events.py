"""Which events are on for a player, and how the lobbies fill that some of them begin with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Query
from pydantic import Field

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.route import Strict
from services.gateway.sdk.common import OK, PREFIX, READ, TAGS, ExternalId, LobbyPath, Looks, answers
from services.gateway.sdk.listing import EventListing, EventsListResponse
from services.gateway.sdk.wire import Told, Uuid
from shared.event_ids import global_board_of, window_id_of
from shared.ids import AttemptId, EventId
from shared.messages.event_spec import EventSpec, GlobalBoard
from shared.readmodels.events import LobbyRow, WindowRow
from shared.shapes import Definition
from shared.windows import window_at

router = APIRouter(prefix=PREFIX, tags=list(TAGS))


class StatusQuery(Strict):
    status: Literal["active"] = "active"


class Lobby(Told):
    id: Uuid
    event_id: str
    event_window_id: Uuid
    leaderboard_id: Uuid | None = Field(description="Once it is active.")
    mode: Literal["lobby_matched"] = "lobby_matched"
    status: Literal["forming", "active", "closed"]
    capacity: int
    fill_by: datetime | None = Field(description="When something is done about the seats that are free.")
    participant_count: int
    bot_slots: int
    started_at: datetime | None
    ends_at: datetime | None


class LobbyResponse(Told):
    """How a lobby stands."""

    data: Lobby


class On(NamedTuple):
    """An event and the window that it is in."""

    event: Definition[EventSpec]
    window_id: str
    starts_at: datetime
    ends_at: datetime


@router.get("/players/{externalId}/events", response_model=EventsListResponse, responses=answers(OK, *READ))
async def list_events(
    here: Looks, external_id: ExternalId, query: Annotated[StatusQuery, Query()]
) -> EventsListResponse:
    """The events that are on, and the player's attempts of them that are in progress."""
    tenant, town, now = here.caller.tenant, here.town, here.town.clock.now()
    active = [one for one in town.definitions.every_of(tenant, EventSpec) if one.spec.status == "active"]
    keys = [EventId(one.key) for one in active]
    windows = await town.events.windows(tenant, keys)
    shown = [on for one in active if (on := _window(here, one, windows.get(EventId(one.key)), now)) is not None]
    current = await town.events.current_attempts(tenant, external_id, [EventId(on.event.key) for on in shown], now)
    return EventsListResponse(data=[_listing(here, on, current.get(EventId(on.event.key))) for on in shown])


@router.get("/lobbies/{lobbyId}", response_model=LobbyResponse, responses=answers(OK, *READ, 404))
async def show_lobby(here: Looks, lobby_id: LobbyPath) -> LobbyResponse:
    """How a lobby fills; once it is active, it is time to start again."""
    found = await here.town.events.lobby(here.caller.tenant, lobby_id)
    if found is None:
        raise Problem("no_lobby")
    return LobbyResponse(data=lobby_of(found, here.town.clock.now()))


def lobby_of(row: LobbyRow, now: datetime) -> Lobby:
    """A lobby as it stands now."""
    status = row.status_at(now)
    return Lobby(
        id=row.lobby_id,
        event_id=row.event,
        event_window_id=row.window_id,
        leaderboard_id=None if status == "forming" else row.board_id,
        status=status,
        capacity=row.capacity,
        fill_by=row.fill_by,
        participant_count=row.joined,
        bot_slots=row.bots,
        started_at=row.started_at,
        ends_at=row.ends_at,
    )


def _window(here: Here, event: Definition[EventSpec], begun: WindowRow | None, now: datetime) -> On | None:
    """The window that somebody has begun holds until it ends, as the event was then; else what the event says now."""
    tenant = here.caller.tenant
    if begun is not None and begun.is_open(now):
        bound = here.town.definitions.at(tenant, EventSpec, event.key, begun.definition_version) or event
        return On(bound, begun.window_id, begun.starts_at, begun.ends_at)
    span = window_at(event.spec.windows, now)
    return None if span is None else On(event, window_id_of(tenant, EventId(event.key), span.starts_at), *span)


def _listing(here: Here, on: On, current: AttemptId | None) -> EventListing:
    tenant = here.caller.tenant
    shared = isinstance(on.event.spec.leaderboard, GlobalBoard)
    return EventListing(
        **here.town.offers.of(tenant, on.event),
        window_id=on.window_id,
        starts_at=on.starts_at,
        ends_at=on.ends_at,
        leaderboard_id=global_board_of(tenant, on.window_id) if shared else None,
        current_attempt_id=current,
    )
