"""What is known of a player: what their game's own server sees, and everything there is to be handed out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from fastapi import APIRouter
from pydantic import Field

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.sdk.common import OK, ExternalId, answers
from services.gateway.sdk.events import Lobby, lobby_of
from services.gateway.sdk.holdings import holdings
from services.gateway.sdk.shown import attempt_of, grant_of
from services.gateway.sdk.wire import (
    Attempt,
    Grant,
    PlayerItemHolding,
    PlayerWalletHolding,
    Told,
    Uuid,
)
from services.gateway.server.common import PREFIX, READ, TAGS, Server
from shared.ids import PlayerId
from shared.messages.access import TenantSpec
from shared.readmodels.sdk_players import SdkPlayerRow

RECENT: Final = 20
"""Grants of a snapshot."""
MOST_ROWS: Final = 1_000
"""Of each list of an export."""
SCHEMA_VERSION: Final = 1

router = APIRouter(prefix=f"{PREFIX}/players/{{externalId}}", tags=list(TAGS))


class SnapshotPlayer(Told):
    id: Uuid
    external_player_id: str
    studio_id: str
    game_id: str
    created_at: datetime
    updated_at: datetime


class Snapshot(Told):
    player: SnapshotPlayer
    inventory: list[PlayerItemHolding]
    wallet: list[PlayerWalletHolding]
    recent_grants: list[Grant] = Field(description="The newest first, whatever has become of them.")


class SnapshotResponse(Told):
    """A player as they are now."""

    data: Snapshot


class ExportPlayer(Told):
    id: Uuid
    external_player_id: str
    studio_id: str
    game_id: str
    first_seen_at: datetime
    last_seen_at: datetime
    last_context_snapshot: dict[str, Any] | None = Field(description="Contexts are not kept: always null.")
    registered_at: datetime | None
    secret_rotated_at: datetime | None
    deleted_at: datetime | None


class Export(Told):
    schema_version: Literal[1] = SCHEMA_VERSION
    exported_at: datetime
    player: ExportPlayer
    attempts: list[Attempt]
    grants: list[Grant]
    inventory: list[PlayerItemHolding]
    wallet: list[PlayerWalletHolding]
    lobbies: list[Lobby]


class ExportResponse(Told):
    """Everything that is kept of a player; of each list the newest 1,000 rows."""

    data: Export


@router.get("", response_model=SnapshotResponse, responses=answers(OK, *READ, 404))
async def show_snapshot(here: Server, external_id: ExternalId) -> SnapshotResponse:
    """A player, with what they hold and were given lately."""
    row = await _player(here, external_id)
    items, wallet = await holdings(here, external_id)
    grants = await here.town.grants.recent(here.caller.tenant, external_id, RECENT)
    player = SnapshotPlayer(
        id=row.user_id,
        external_player_id=row.player,
        studio_id=_studio(here),
        game_id=here.caller.tenant,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
    return SnapshotResponse(
        data=Snapshot(
            player=player, inventory=items, wallet=wallet, recent_grants=[grant_of(grant) for grant in grants]
        )
    )


@router.get("/export", response_model=ExportResponse, responses=answers(OK, *READ, 404))
async def export(here: Server, external_id: ExternalId) -> ExportResponse:
    """Everything that is kept of a player."""
    tenant, now = here.caller.tenant, here.town.clock.now()
    row = await _player(here, external_id)
    items, wallet = await holdings(here, external_id)
    attempts = await here.town.events.attempts_of(tenant, external_id, MOST_ROWS)
    lobbies = await here.town.events.lobbies_of(tenant, external_id, MOST_ROWS)
    grants = await here.town.grants.recent(tenant, external_id, MOST_ROWS)
    return ExportResponse(
        data=Export(
            exported_at=now,
            player=_exported(here, row),
            attempts=[attempt_of(tenant, attempt.at(now)) for attempt in attempts],
            grants=[grant_of(grant) for grant in grants],
            inventory=items[:MOST_ROWS],
            wallet=wallet[:MOST_ROWS],
            lobbies=[lobby_of(lobby, now) for lobby in lobbies],
        )
    )


async def _player(here: Here, player: PlayerId) -> SdkPlayerRow:
    row = await here.town.sdk_players.player(here.caller.tenant, player)
    if row is None:
        raise Problem("no_player")
    return row


def _exported(here: Here, row: SdkPlayerRow) -> ExportPlayer:
    return ExportPlayer(
        id=row.user_id,
        external_player_id=row.player,
        studio_id=_studio(here),
        game_id=here.caller.tenant,
        first_seen_at=row.created_at,
        last_seen_at=row.updated_at,
        last_context_snapshot=None,
        registered_at=row.registered_at,
        secret_rotated_at=row.rotated_at,
        deleted_at=row.erased_at,
    )


def _studio(here: Here) -> str:
    tenant = here.town.definitions.current(here.caller.tenant, TenantSpec, here.caller.tenant)
    return "" if tenant is None else tenant.spec.brand
