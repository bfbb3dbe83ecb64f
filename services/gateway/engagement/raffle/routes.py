"""What the engagement door offers about raffles: look at them, enter them, draw them, list who has which tickets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.gateway.engagement.common import FIRST, PREFIX, READ, REPEATED, WRITE, Plays, ReadsEngines
from services.gateway.engagement.raffle.wire import (
    DrawnRaffle,
    DrawRaffleBody,
    EnteredRaffle,
    EnterRaffleBody,
    EntriesQuery,
    Raffle,
    RaffleEntries,
    RaffleEntry,
    Raffles,
)
from services.gateway.here import Answer, Here
from services.gateway.problem import Problem
from services.gateway.route import ErrorBody, refusals
from shared.ids import RaffleId
from shared.messages.raffle import (
    DrawRaffle,
    EnterRaffle,
    OpenRaffle,
    RaffleAnswer,
    RaffleEntryAnswer,
    RaffleSeedAnswer,
    RaffleSpec,
)
from shared.readmodels.raffle import RaffleRow
from shared.shapes import Definition

RafflePath = Annotated[RaffleId, Path(alias="id", min_length=1, max_length=128)]

router = APIRouter(prefix=f"{PREFIX}/raffles", tags=["engagement"])


@router.get("", response_model=Raffles, responses=refusals(ErrorBody, *READ))
async def list_raffles(here: ReadsEngines) -> Raffles:
    """Every raffle of the tenant."""
    found = here.town.definitions.every_of(here.caller.tenant, RaffleSpec)
    rows = await here.town.raffles.opened(here.caller.tenant, [definition.key for definition in found])
    return Raffles(raffles=[_shown(here, definition, rows.get(definition.key)) for definition in found])


@router.get("/{id}", response_model=Raffle, responses=refusals(ErrorBody, *READ, 404, 409, 504))
async def show_raffle(here: ReadsEngines, id_: RafflePath) -> Raffle:
    """One raffle, with the hash that its draw is bound to."""
    definition = _defined(here, id_)
    row = (await here.town.raffles.opened(here.caller.tenant, [id_])).get(id_)
    if row is None or (row.definition_version < definition.version and row.total_tickets == 0):
        await here.say("engines", OpenRaffle(raffle=id_), RaffleSeedAnswer, key=id_)
        row = (await here.town.raffles.opened(here.caller.tenant, [id_])).get(id_)
    return _shown(here, definition, row)


@router.post(
    "/{id}/enter",
    status_code=FIRST,
    response_model=EnteredRaffle,
    responses={REPEATED: {"model": EnteredRaffle}, **refusals(ErrorBody, *WRITE, 402, 404)},
)
async def enter_raffle(here: Plays, id_: RafflePath, body: EnterRaffleBody) -> Answer[EnteredRaffle]:
    """Buy a player tickets: they are paid for before this answers."""
    player = await here.existing_player(body.user_id)
    wish = EnterRaffle(raffle=id_, player=player, tickets=body.tickets)
    told = await here.say("engines", wish, RaffleEntryAnswer, key=id_, idempotency_key=body.idempotency_key)
    answer = EnteredRaffle.of(told.answer.entry, deduped=told.repeated)
    return Answer(answer, REPEATED if told.repeated else FIRST)


@router.post(
    "/{id}/draw",
    status_code=FIRST,
    response_model=DrawnRaffle,
    responses={REPEATED: {"model": DrawnRaffle}, **refusals(ErrorBody, *WRITE, 404)},
)
async def draw_raffle(here: Plays, id_: RafflePath, body: DrawRaffleBody) -> Answer[DrawnRaffle]:
    """Draw the winner, who is paid before this answers. Another draw answers with the first one's result."""
    wish = DrawRaffle(raffle=id_)
    told = await here.say("engines", wish, RaffleAnswer, key=id_, idempotency_key=body.idempotency_key)
    deduped = told.repeated or told.answer.drawn_before
    return Answer(DrawnRaffle.of(told.answer.drawing, deduped=deduped), REPEATED if deduped else FIRST)


@router.get("/{id}/entries", response_model=RaffleEntries, responses=refusals(ErrorBody, *READ, 404))
async def list_raffle_entries(
    here: ReadsEngines, id_: RafflePath, query: Annotated[EntriesQuery, Query()]
) -> RaffleEntries:
    """Whose tickets are whose, in order, so that anybody can compute `tickets_hash`."""
    _defined(here, id_)
    rows = await here.town.raffles.entries(here.caller.tenant, id_, query.first_ticket, query.limit)
    following = rows[-1].last_ticket + 1 if len(rows) == query.limit else None
    return RaffleEntries(entries=[RaffleEntry.of(row) for row in rows], next=following)


def _defined(here: Here, raffle: RaffleId) -> Definition[RaffleSpec]:
    definition = here.town.definitions.current(here.caller.tenant, RaffleSpec, raffle)
    if definition is None:
        raise Problem("no_raffle")
    return definition


def _shown(here: Here, definition: Definition[RaffleSpec], row: RaffleRow | None) -> Raffle:
    """Under the terms that it was opened under; whether it is paused is said by the newest."""
    version = row.definition_version if row else definition.version
    terms = here.town.definitions.at(here.caller.tenant, RaffleSpec, definition.key, version) or definition
    return Raffle.of(terms, definition.spec.status, row)
