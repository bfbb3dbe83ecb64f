"""What the engagement door offers about journeys: look at them, say what happened to a player."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from services.gateway.engagement.common import PREFIX, READ, WRITE, ReadsEngines, WritesEvents
from services.gateway.engagement.journey.wire import Affected, JourneyRow, Journeys, TriggerBody, Triggered
from services.gateway.problem import Problem
from services.gateway.route import ErrorBody, refusals
from shared.ids import JourneyId
from shared.messages.journey import JourneysAnswer, JourneySpec, TriggerJourneys

JourneyPath = Annotated[JourneyId, Path(alias="id", min_length=1, max_length=128)]

router = APIRouter(prefix=f"{PREFIX}/journeys", tags=["engagement"])


@router.get("", response_model=Journeys, responses=refusals(ErrorBody, *READ))
async def list_journeys(here: ReadsEngines) -> Journeys:
    """Every journey of the tenant."""
    found = here.town.definitions.every_of(here.caller.tenant, JourneySpec)
    return Journeys(journeys=[JourneyRow.of(definition) for definition in found])


@router.get("/{id}", response_model=JourneyRow, responses=refusals(ErrorBody, *READ, 404))
async def show_journey(here: ReadsEngines, id_: JourneyPath) -> JourneyRow:
    """One journey."""
    definition = here.town.definitions.current(here.caller.tenant, JourneySpec, id_)
    if definition is None:
        raise Problem("no_journey")
    return JourneyRow.of(definition)


@router.post("/event", response_model=Triggered, responses=refusals(ErrorBody, *WRITE, 404))
async def trigger_journeys(here: WritesEvents, body: TriggerBody) -> Triggered:
    """Say that something happened to a player: every active journey that waits for it moves on.

    The last step's reward is paid before this answers; a player completes a journey once and never starts it again.
    """
    player = await here.existing_player(body.user_id)
    wish = TriggerJourneys(player=player, trigger=body.trigger)
    told = await here.say("engines", wish, JourneysAnswer, key=player, idempotency_key=body.idempotency_key)
    return Triggered(affected=[Affected.of(moved) for moved in told.answer.affected], deduped=told.repeated)
