"""What happened to a player, read from the log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.gateway.engagement.common import PREFIX, READ, PlayerPath, ReadsPlayers
from services.gateway.engagement.timeline.wire import Timeline, TimelineQuery
from services.gateway.route import ErrorBody, refusals

router = APIRouter(prefix=PREFIX, tags=["engagement"])


@router.get("/players/{key}/timeline", response_model=Timeline, responses=refusals(ErrorBody, *READ, 404))
async def show_timeline(here: ReadsPlayers, key: PlayerPath, query: Annotated[TimelineQuery, Query()]) -> Timeline:
    """What happened to a player, newest first: in the ledger, and with boxes, games and journeys of their own."""
    player, before = await here.existing_player(key), query.positions()
    rows = await here.town.timeline.before(here.caller.tenant, player, before, query.limit)
    return Timeline.of(rows, before, query.limit)
