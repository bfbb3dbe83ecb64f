"""How a game's own server names, bans and erases its players."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from fastapi import APIRouter
from pydantic import Field

from services.gateway.here import Here
from services.gateway.sdk.common import OK, ExternalId, answers
from services.gateway.sdk.wire import Asked, Plain, Told, Uuid
from services.gateway.server.common import PREFIX, TAGS, WRITE, Server, once_at_server
from shared.ids import PlayerId, user_id_of
from shared.messages.registration import (
    LONGEST_AVATAR,
    LONGEST_NAME,
    LONGEST_REASON,
    BanAnswer,
    BanPlayer,
    ErasedAnswer,
    ErasePlayer,
    ErasureReason,
    ErasureStatus,
    IdentityAnswer,
    SetIdentity,
    UnbanPlayer,
)

ANONYMOUS_DIGITS: Final = 12

router = APIRouter(prefix=f"{PREFIX}/players/{{externalId}}", tags=list(TAGS))


class IdentityBody(Asked):
    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="What boards call the player.")
    avatar: str | None = Field(default=None, max_length=LONGEST_AVATAR, description="The address of a picture.")


class BanBody(Asked):
    reason: str = Field(max_length=LONGEST_REASON)


class DeleteBody(Asked):
    reason: ErasureReason


class Identity(Told):
    player_id: Uuid
    external_player_id: str
    name: str
    avatar: str | None


class IdentityResponse(Told):
    """What boards call the player."""

    data: Identity


class Ban(Told):
    player_id: Uuid
    external_player_id: str
    banned: bool
    applied: bool = Field(description="Whether this has changed anything.")


class BanResponse(Told):
    """Whether the player is banned now."""

    data: Ban


class Deletion(Told):
    player_id: Uuid | None
    external_player_id: str
    anonymized_external_id: str | None
    deleted_at: datetime = Field(description="If there was nobody to erase: now.")
    attempts_anonymized: int
    lobbies_anonymized: int
    leaderboards_scrubbed: int
    status: ErasureStatus


class DeletionResponse(Told):
    """What has become of the player."""

    data: Deletion


@router.put("/identity", response_model=IdentityResponse, responses=answers(OK, *WRITE))
async def set_identity(here: Server, external_id: ExternalId, body: IdentityBody) -> IdentityResponse:
    """Give the player a name and a picture, which boards show."""
    wish = SetIdentity(player=external_id, name=body.name, avatar=body.avatar)
    key = once_at_server("identity", body.idempotency_key, external_id)
    told = await here.say("ledger", wish, IdentityAnswer, key=external_id, idempotency_key=key)
    return IdentityResponse(
        data=Identity(
            player_id=told.answer.profile.user_id, external_player_id=external_id, name=body.name, avatar=body.avatar
        )
    )


@router.post("/ban", response_model=BanResponse, responses=answers(OK, *WRITE))
async def ban(here: Server, external_id: ExternalId, body: BanBody) -> BanResponse:
    """Shut the player out of the game; the game's own server still reaches them."""
    wish = BanPlayer(player=external_id, reason=body.reason)
    return await _standing(here, external_id, wish, once_at_server("ban", body.idempotency_key, external_id))


@router.post("/unban", response_model=BanResponse, responses=answers(OK, *WRITE))
async def unban(here: Server, external_id: ExternalId, body: Plain) -> BanResponse:
    """Take a ban back."""
    wish = UnbanPlayer(player=external_id)
    return await _standing(here, external_id, wish, once_at_server("unban", body.idempotency_key, external_id))


async def _standing(here: Here, player: PlayerId, wish: BanPlayer | UnbanPlayer, key: str | None) -> BanResponse:
    told = (await here.say("ledger", wish, BanAnswer, key=player, idempotency_key=key)).answer
    here.town.registered.forget(here.caller.tenant, player)
    return BanResponse(
        data=Ban(
            player_id=user_id_of(here.caller.tenant, player),
            external_player_id=player,
            banned=told.banned,
            applied=told.applied,
        )
    )


@router.post("/delete", response_model=DeletionResponse, responses=answers(OK, *WRITE))
async def delete(here: Server, external_id: ExternalId, body: DeleteBody) -> DeletionResponse:
    """Erase who the player is, for good; what they did stays in the books, nameless. There is no way back."""
    tenant = here.caller.tenant
    counts = await here.town.events.counts(tenant, external_id)
    wish = ErasePlayer(player=external_id, reason=body.reason)
    key = once_at_server("delete", body.idempotency_key, external_id)
    told = (await here.say("ledger", wish, ErasedAnswer, key=external_id, idempotency_key=key)).answer
    here.town.registered.forget(tenant, external_id)
    known, now = told.status != "no_op_never_existed", told.status == "erased"
    user_id = user_id_of(tenant, external_id)
    return DeletionResponse(
        data=Deletion(
            player_id=user_id if known else None,
            external_player_id=external_id,
            anonymized_external_id=f"deleted_{user_id.replace('-', '')[:ANONYMOUS_DIGITS]}" if known else None,
            deleted_at=told.deleted_at or here.town.clock.now(),
            attempts_anonymized=counts.attempts if now else 0,
            lobbies_anonymized=counts.lobbies if now else 0,
            leaderboards_scrubbed=counts.boards if now else 0,
            status=told.status,
        )
    )
