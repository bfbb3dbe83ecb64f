"""What the engagement door offers about tournaments: look at them and their standings, score, close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.gateway.engagement.common import FIRST, PREFIX, READ, REPEATED, WRITE, Plays, ReadsEngines
from services.gateway.engagement.tournament.wire import (
    CloseBody,
    Closed,
    ScoreBody,
    Scored,
    Standings,
    StandingsQuery,
    Tournament,
    Tournaments,
)
from services.gateway.here import Answer, Here
from services.gateway.problem import Problem
from services.gateway.route import ErrorBody, refusals
from shared.ids import TournamentId
from shared.messages.tournament import CloseTournament, TournamentCloseAnswer, TournamentSpec
from shared.messages.tournament_score import ScoreTournament, TournamentScoreAnswer
from shared.shapes import Definition

LEADERBOARDS = "leaderboards"

TournamentPath = Annotated[TournamentId, Path(alias="id", min_length=1, max_length=128)]

router = APIRouter(prefix=f"{PREFIX}/tournaments", tags=["engagement"])


@router.get("", response_model=Tournaments, responses=refusals(ErrorBody, *READ))
async def list_tournaments(here: ReadsEngines) -> Tournaments:
    """Every tournament of the tenant."""
    found = here.town.definitions.every_of(here.caller.tenant, TournamentSpec)
    return Tournaments(tournaments=await _shown(here, found))


@router.get("/{id}", response_model=Tournament, responses=refusals(ErrorBody, *READ, 404))
async def show_tournament(here: ReadsEngines, id_: TournamentPath) -> Tournament:
    """One tournament."""
    definition = here.town.definitions.current(here.caller.tenant, TournamentSpec, id_)
    if definition is None:
        raise Problem("no_tournament")
    (shown,) = await _shown(here, [definition])
    return shown


@router.get("/{id}/standings", response_model=Standings, responses=refusals(ErrorBody, *READ, 404))
async def show_standings(
    here: ReadsEngines, id_: TournamentPath, query: Annotated[StandingsQuery, Query()]
) -> Standings:
    """Who stands where; the best `limit` players."""
    shown, tenant = await show_tournament(here, id_), here.caller.tenant
    return Standings.of(tenant, shown, await here.town.tournaments.standings(tenant, id_, query.limit))


@router.post(
    "/{id}/score",
    status_code=REPEATED,
    response_model=Scored,
    responses=refusals(ErrorBody, *WRITE, 404),
)
async def score(here: Plays, id_: TournamentPath, body: ScoreBody) -> Scored:
    """Report a settled wager of a player; its points count at once, and each `source_wager_id` once."""
    player = await here.existing_player(body.user_id)
    wish = ScoreTournament(
        tournament=id_,
        player=player,
        wagered=body.wagered,
        points=body.points,
        source_wager_id=body.source_wager_id,
    )
    told = await here.say(LEADERBOARDS, wish, TournamentScoreAnswer, key=id_, idempotency_key=body.idempotency_key)
    return Scored.of(here.caller.tenant, told.answer, deduped=told.repeated or told.answer.repeated)


@router.post(
    "/{id}/close",
    status_code=FIRST,
    response_model=Closed,
    responses={REPEATED: {"model": Closed}, **refusals(ErrorBody, *WRITE, 404)},
)
async def close(here: Plays, id_: TournamentPath, body: CloseBody) -> Answer[Closed]:
    """End a tournament and pay its places, before this answers. Closing again tells the same."""
    wish, tenant = CloseTournament(tournament=id_), here.caller.tenant
    told = await here.say(LEADERBOARDS, wish, TournamentCloseAnswer, key=id_, idempotency_key=body.idempotency_key)
    repeated = told.repeated or told.answer.repeated
    payouts = await here.town.tournaments.payouts(tenant, id_)
    answer = Closed.of(tenant, told.answer, payouts, deduped=repeated)
    return Answer(answer, REPEATED if repeated else FIRST)


async def _shown(here: Here, found: Sequence[Definition[TournamentSpec]]) -> list[Tournament]:
    """As defined now, or as it was when it began; whether it is paused is said by the newest alone."""
    tenant = here.caller.tenant
    begun = await here.town.tournaments.begun(tenant, [definition.key for definition in found])
    shown = []
    for newest in found:
        row = begun.get(newest.key)
        if row is None:
            over = newest.spec.closes_at is not None and here.town.clock.now() >= newest.spec.closes_at
            shown.append(Tournament.of(newest, "completed" if over else newest.spec.status))
            continue
        held = here.town.definitions.at(tenant, TournamentSpec, newest.key, row.definition_version)
        status = newest.spec.status if row.status == "active" else row.status
        shown.append(Tournament.of(held or newest, status))
    return shown
