"""What the engagement door offers about lootboxes: look at them, open them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.gateway.engagement.common import FIRST, PREFIX, READ, REPEATED, WRITE, Plays, ReadsEngines
from services.gateway.engagement.lootbox.wire import Lootbox, Lootboxes, Opened
from services.gateway.engagement.prizes import ForPlayer, PlayBody, PrizeTableRow, defined, every, promised
from services.gateway.here import Answer
from services.gateway.route import ErrorBody, refusals
from shared.ids import LootboxId
from shared.messages.lootbox import CommitLootboxSeed, LootboxAnswer, LootboxSpec, OpenLootbox

LootboxPath = Annotated[LootboxId, Path(alias="id", min_length=1, max_length=128)]

router = APIRouter(prefix=f"{PREFIX}/lootbox", tags=["engagement"])


@router.get("", response_model=Lootboxes, responses=refusals(ErrorBody, *READ))
async def list_lootboxes(here: ReadsEngines) -> Lootboxes:
    """Every lootbox of the tenant."""
    return Lootboxes(lootboxes=every(here, LootboxSpec))


@router.get("/{id}", response_model=Lootbox | PrizeTableRow, responses=refusals(ErrorBody, *READ, 404, 409, 504))
async def show_lootbox(here: ReadsEngines, id_: LootboxPath, query: Annotated[ForPlayer, Query()]) -> PrizeTableRow:
    """One lootbox; with `user_id` also the hash that this player's next opening is bound to."""
    row = defined(here, LootboxSpec, id_)
    if query.user_id is None:
        return row
    player = await here.existing_player(query.user_id)
    wish = CommitLootboxSeed(player=player, lootbox=id_)
    return Lootbox(**dict(row), next_server_seed_hash=await promised(here, player, "lootbox", id_, wish))


@router.post(
    "/{id}/open",
    status_code=FIRST,
    response_model=Opened,
    responses={REPEATED: {"model": Opened}, **refusals(ErrorBody, *WRITE, 404)},
)
async def open_lootbox(here: Plays, id_: LootboxPath, body: PlayBody) -> Answer[Opened]:
    """Open a lootbox for a player: one draw, paid into the wallet before this answers."""
    player = await here.existing_player(body.user_id)
    wish = OpenLootbox(player=player, lootbox=id_)
    told = await here.say("engines", wish, LootboxAnswer, key=player, idempotency_key=body.idempotency_key)
    answer = Opened(**dict(told.answer.opening), deduped=told.repeated)
    return Answer(answer, REPEATED if told.repeated else FIRST)
