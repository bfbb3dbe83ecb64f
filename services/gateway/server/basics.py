"""What a game's own server asks first: whether its key is good."""

from __future__ import annotations

from fastapi import APIRouter

from services.gateway.sdk.basics import ping_of
from services.gateway.sdk.common import OK, answers
from services.gateway.sdk.wire import PingResponse
from services.gateway.server.common import PREFIX, READ, TAGS, Server

router = APIRouter(prefix=PREFIX, tags=list(TAGS))


@router.get("/ping", response_model=PingResponse, responses=answers(OK, *READ))
async def ping(here: Server) -> PingResponse:
    """Whether the key is good, and which game it is for."""
    return ping_of(here, "server_integration")
