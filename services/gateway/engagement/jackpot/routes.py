"""What the engagement door offers about jackpots: look at their pools, feed them, drop them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from services.gateway.engagement.common import FIRST, PREFIX, READ, REPEATED, WRITE, Plays, ReadsEngines
from services.gateway.engagement.jackpot.wire import ContributeBody, Contributed, DropBody, Dropped, Jackpot, Jackpots
from services.gateway.here import Answer, Here
from services.gateway.problem import Problem
from services.gateway.route import ErrorBody, refusals
from shared.ids import JackpotId
from shared.messages.jackpot import (
    ContributeToJackpot,
    ContributionAnswer,
    DropJackpot,
    JackpotDropAnswer,
    JackpotSpec,
    JackpotStanding,
    OpenJackpot,
)
from shared.messages.wallet import AssetSpec
from shared.readmodels.jackpots import JackpotRow
from shared.shapes import Definition

JackpotPath = Annotated[JackpotId, Path(alias="id", min_length=1, max_length=128)]

router = APIRouter(prefix=f"{PREFIX}/jackpots", tags=["engagement"])


@router.get("", response_model=Jackpots, responses=refusals(ErrorBody, *READ))
async def list_jackpots(here: ReadsEngines) -> Jackpots:
    """Every jackpot of the tenant. A hash that nobody has asked for yet is left out; the jackpot's own page asks."""
    found = here.town.definitions.every_of(here.caller.tenant, JackpotSpec)
    rows = await here.town.jackpots.standing(here.caller.tenant, [definition.key for definition in found])
    return Jackpots(jackpots=[_shown(here, definition, rows.get(definition.key)) for definition in found])


@router.get("/{id}", response_model=Jackpot, responses=refusals(ErrorBody, *READ, 404, 409, 504))
async def show_jackpot(here: ReadsEngines, id_: JackpotPath) -> Jackpot:
    """One jackpot: how large its pool is, who won the last one, and the hash that hides where this one drops."""
    tenant = here.caller.tenant
    definition = here.town.definitions.current(tenant, JackpotSpec, id_)
    if definition is None:
        raise Problem("no_jackpot")
    rows = await here.town.jackpots.standing(tenant, [id_])
    if _may_begin(here, definition) and _outdated(definition, rows.get(id_)):
        await here.say("engines", OpenJackpot(jackpot=id_), JackpotStanding, key=id_)
        rows = await here.town.jackpots.standing(tenant, [id_])
    return _shown(here, definition, rows.get(id_))


@router.post(
    "/{id}/contribute",
    status_code=FIRST,
    response_model=Contributed,
    responses={REPEATED: {"model": Contributed}, **refusals(ErrorBody, *WRITE, 404)},
)
async def contribute(here: Plays, id_: JackpotPath, body: ContributeBody) -> Answer[Contributed]:
    """Feed the pool with a settled wager's part; it moves no money of the player, and each wager counts once."""
    player = await here.existing_player(body.user_id)
    wish = ContributeToJackpot(jackpot=id_, player=player, source_wager_id=body.source_wager_id, micros=body.amount)
    told = await here.say("engines", wish, ContributionAnswer, key=id_, idempotency_key=body.idempotency_key)
    repeated = told.repeated or told.answer.repeated
    return Answer(Contributed.of(told.answer.contribution, deduped=repeated), REPEATED if repeated else FIRST)


@router.post(
    "/{id}/drop",
    status_code=FIRST,
    response_model=Dropped,
    responses={REPEATED: {"model": Dropped}, **refusals(ErrorBody, *WRITE, 404)},
)
async def drop(here: Plays, id_: JackpotPath, body: DropBody) -> Answer[Dropped]:
    """Pay the pool to one player, before this answers, and begin the next one."""
    winner = None if body.winner_user_id is None else await here.existing_player(body.winner_user_id)
    wish = DropJackpot(jackpot=id_, winner=winner)
    told = await here.say("engines", wish, JackpotDropAnswer, key=id_, idempotency_key=body.idempotency_key)
    answer = Dropped.of(here.caller.tenant, told.answer.drop, deduped=told.repeated)
    return Answer(answer, REPEATED if told.repeated else FIRST)


def _may_begin(here: Here, definition: Definition[JackpotSpec]) -> bool:
    """Whether the engine would begin a pool; if not, whoever looks is still shown what there is."""
    spec = definition.spec
    asset = here.town.definitions.current(here.caller.tenant, AssetSpec, spec.asset)
    return spec.status == "active" and asset is not None


def _outdated(definition: Definition[JackpotSpec], row: JackpotRow | None) -> bool:
    """Whether the engine is still to bind the pool to what is configured now."""
    if row is None:
        return definition.spec.must_drop_at is not None
    return row.last_contributor is None and row.definition_version != definition.version


def _shown(here: Here, definition: Definition[JackpotSpec], row: JackpotRow | None) -> Jackpot:
    tenant = here.caller.tenant
    asset = here.town.definitions.current(tenant, AssetSpec, definition.spec.asset)
    return Jackpot.of(tenant, definition, row, asset.spec.scale if asset else 0)
