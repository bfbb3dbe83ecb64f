"""What the activities door offers about one activity: hand something in, complete it, ask whether one may."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query

from services.gateway.activities.common import (
    PREFIX,
    READ,
    REPEATABLE,
    TAGS,
    WRITE,
    ActivityPath,
    Visit,
    Visits,
    answers,
)
from services.gateway.activities.entering import Visitor, enter
from services.gateway.activities.wire import (
    CompleteBody,
    Completed,
    CompletedSpin,
    Conflict,
    Eligible,
    EligibleSpin,
    Unfit,
    ValidateBody,
    Validated,
    ValidatedSpin,
    completed,
    validated,
)
from services.gateway.problem import Problem
from shared.ids import ActivityId, EngagementId, MessageId
from shared.messages.activity import (
    CommitActivitySeed,
    CompleteActivity,
    CompletedAnswer,
    ValidateActivity,
    ValidatedAnswer,
)
from shared.messages.activity_spec import ActivitySpec, eligibility
from shared.messages.envelope import LONGEST_KEY
from shared.messages.seed import SeedAnswer

ENGINE: Final = "activity"
OK: Final = 200

router = APIRouter(prefix=f"{PREFIX}/activities/{{activityId}}", tags=list(TAGS))


@router.post(
    "/validate",
    response_model=ValidatedSpin | Validated,
    responses=answers(OK, *WRITE, 404, s409=Conflict, s422=Unfit),
    dependencies=[REPEATABLE],
)
async def validate(here: Visits, activity_id: ActivityPath, body: ValidateBody) -> Validated:
    """Draw or score an attempt on the server. Until it is completed, the same attempt comes to the same."""
    key = here.idempotency_key(LONGEST_KEY)
    visitor = await enter(here, body.session_id, body.engagement_id)
    wish = ValidateActivity(
        player=visitor.participant,
        activity=activity_id,
        engagement=EngagementId(body.engagement_id),
        activity_type=body.activity_type,
        payload=body.payload,
    )
    told = await visitor.here.say("engines", wish, ValidatedAnswer, key=visitor.participant, idempotency_key=key)
    return validated(told.answer)


@router.post(
    "/complete-with-actions",
    response_model=CompletedSpin | Completed,
    responses=answers(OK, *WRITE, 404, s409=Conflict, s422=Unfit),
    dependencies=[REPEATABLE],
)
async def complete_with_actions(here: Visits, activity_id: ActivityPath, body: CompleteBody) -> Completed:
    """Count an attempt and do everything that it brings, or nothing of it; told in order once all of it is done."""
    key = here.idempotency_key(LONGEST_KEY)
    visitor = await enter(here, body.session_id, body.engagement_id)
    return completed(await _complete(visitor, activity_id, body, key))


async def _complete(visitor: Visitor, activity_id: ActivityId, body: CompleteBody, key: str | None) -> CompletedAnswer:
    """An attempt that is named is one wish, however often and with whatever payload it comes."""
    _check_place(visitor, activity_id)
    attempt_id = body.attempt_id
    wish = CompleteActivity(
        player=visitor.participant,
        activity=activity_id,
        engagement=EngagementId(body.engagement_id),
        activity_type=body.activity_type,
        payload=body.payload if attempt_id is None else None,
        attempt_id=None if attempt_id is None else MessageId(attempt_id),
    )
    once = key if attempt_id is None else f"attempt/{activity_id}/{attempt_id}"  # as no header can say
    try:
        told = await visitor.here.say("engines", wish, CompletedAnswer, key=visitor.participant, idempotency_key=once)
    except Problem as problem:
        if problem.code != "attempt_closed" or attempt_id is None:
            raise
        return await _completed_before(visitor, activity_id, attempt_id)
    return told.answer


def _check_place(visitor: Visitor, activity_id: ActivityId) -> None:
    """An activity stays in its engagement; what was closed in another is not told here."""
    activity = visitor.here.town.definitions.current(visitor.tenant, ActivitySpec, activity_id)
    if activity is not None and activity.spec.engagement != visitor.engagement.key:
        raise Problem("no_activity")


async def _completed_before(visitor: Visitor, activity_id: ActivityId, attempt_id: str) -> CompletedAnswer:
    views = visitor.here.town.activities
    found = await views.attempt(visitor.tenant, visitor.participant, activity_id, attempt_id)
    if found is None:
        raise Problem("no_attempt")
    return found


@router.get("/eligibility", response_model=EligibleSpin | Eligible, responses=answers(OK, *READ, 404, 504))
async def show_eligibility(here: Visits, activity_id: ActivityPath, query: Annotated[Visit, Query()]) -> Eligible:
    """Whether the participant may take part now; of a wheel also the hash that the next spin is bound to."""
    visitor = await enter(here, query.session_id, query.engagement_id)
    town, tenant, player = here.town, visitor.tenant, visitor.participant
    activity = town.definitions.current(tenant, ActivitySpec, activity_id)
    if activity is None or activity.spec.engagement != visitor.engagement.key:
        raise Problem("no_activity")
    taken = await town.activities.progress(tenant, player, activity_id)
    found = eligibility(activity.spec, taken, town.clock.now())
    if activity.spec.type != "spin_wheel":
        return Eligible.of(found)
    return EligibleSpin.of(found, next_server_seed_hash=await _promised(visitor, activity_id))


async def _promised(visitor: Visitor, activity_id: ActivityId) -> str:
    """The hash that the participant's next spin is bound to; if none was told yet, the engine is asked to."""
    town, player = visitor.here.town, visitor.participant
    known = await town.engines.promise(visitor.tenant, ENGINE, player, activity_id)
    if known is not None:
        return known
    wish = CommitActivitySeed(player=player, activity=activity_id)
    told = await visitor.here.say("engines", wish, SeedAnswer, key=player)
    return told.answer.server_seed_hash
