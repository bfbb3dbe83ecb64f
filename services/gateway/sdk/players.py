"""How a player comes to have a secret, which from then on their game shows whenever it speaks for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import Field

from services.gateway.here import Here
from services.gateway.route import Strict
from services.gateway.sdk.common import CREATED, PREFIX, TAGS, WRITE, ExternalId, Writes, answers, once
from services.gateway.sdk.wire import Plain, Told, Uuid
from shared.messages.access import TenantSpec, hash_of
from shared.messages.registration import RegisteredAnswer, RegisterPlayer

PURPOSE: Final = "player-secret"
PREFIX_LENGTH: Final = 8

router = APIRouter(prefix=PREFIX, tags=list(TAGS))


class ForceQuery(Strict):
    force: bool | None = Field(default=None, description="Replace the player's secret; of live games it means nothing.")


class PlayerRegistration(Told):
    player_id: Uuid
    external_player_id: str
    secret: str = Field(description="To be kept by the client: it is never told again.")
    secret_prefix: str
    registered_at: datetime


class RegisterPlayerResponse(Told):
    """The player, and their secret."""

    data: PlayerRegistration


@router.post(
    "/players/{externalId}/register",
    status_code=CREATED,
    response_model=RegisterPlayerResponse,
    responses=answers(CREATED, *WRITE),
)
async def register(
    here: Writes, external_id: ExternalId, query: Annotated[ForceQuery, Query()], body: Plain
) -> RegisterPlayerResponse:
    """Give a player a secret, once. It is made of what makes this wish the same again, so that a repeat tells it."""
    tenant, key = here.caller.tenant, body.idempotency_key
    same = ("key", key) if key is not None else ("once", here.town.clock.new_id())
    secret = here.town.pepper.token(PURPOSE, tenant, external_id, *same)
    wish = RegisterPlayer(
        player=external_id,
        secret_hash=hash_of(secret),
        secret_prefix=secret[:PREFIX_LENGTH],
        force=bool(query.force) and not _is_live(here),
    )
    wish_key = once("register", key, external_id)
    told = await here.say("ledger", wish, RegisteredAnswer, key=external_id, idempotency_key=wish_key)
    here.town.registered.forget(tenant, external_id)
    return RegisterPlayerResponse(
        data=PlayerRegistration(
            player_id=told.answer.profile.user_id,
            external_player_id=external_id,
            secret=secret,
            secret_prefix=wish.secret_prefix,
            registered_at=told.answer.registered_at,
        )
    )


def _is_live(here: Here) -> bool:
    tenant = here.town.definitions.current(here.caller.tenant, TenantSpec, here.caller.tenant)
    return tenant is None or tenant.spec.environment == "live"
