"""How a player takes part in an event: start an attempt, report how it goes, and end it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, NamedTuple

from fastapi import APIRouter
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from services.gateway.here import Answer, Here
from services.gateway.problem import Problem
from services.gateway.sdk.common import (
    ACCEPTED,
    CREATED,
    FIGURES,
    OK,
    PREFIX,
    TAGS,
    WRITE,
    AttemptPath,
    EventKey,
    ExternalId,
    PlayerWrites,
    answers,
    once,
)
from services.gateway.sdk.shown import attempt_of, grant_of
from services.gateway.sdk.wire import (
    Asked,
    AskedExactly,
    Attempt,
    Error,
    ErrorResponse,
    Finish,
    FinishAttemptResponse,
    Micro,
    MilestoneFired,
    Plain,
    Progress,
    ProgressResponse,
    Told,
    Uuid,
)
from shared.ids import AttemptId, EventId, PlayerId
from shared.messages.attempt import FinishAnswer, FinishAttempt, ProgressAnswer, ProgressAttempt
from shared.messages.event import StartAnswer, StartAttempt
from shared.messages.event_spec import MOST_METRICS
from shared.messages.lobby import LobbyForming

LEADERBOARDS: Final = "leaderboards"
MOST_CONTEXT: Final = 50
LONGEST_TEXT: Final = 256
FORMING: Final = "lobby_forming"

router = APIRouter(prefix=f"{PREFIX}/players/{{externalId}}/events/{{eventKey}}", tags=list(TAGS))


class Which(NamedTuple):
    """The attempt that a path names."""

    player: PlayerId
    event: EventId
    attempt_id: AttemptId


class StartBody(Asked):
    player_context: dict[str, Any] | None = Field(
        default=None, max_length=MOST_CONTEXT, description="What the game knows of the player, such as a league."
    )


def _moment(sent: Any) -> datetime:
    """Raises ValueError if it is no instant."""
    found = datetime.fromisoformat(sent) if isinstance(sent, str) else None
    if found is None or found.tzinfo is None:
        raise ValueError("must be an instant such as 2026-11-21T12:00:00Z")
    return found


Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]


class ProgressBody(AskedExactly):
    mode: Literal["increment", "set"]
    metric_value: Micro | None = Field(default=None, description="Of the event's first metric.")
    metrics: dict[str, Micro] | None = Field(default=None, max_length=MOST_METRICS)
    occurred_at: Moment | None = None

    @model_validator(mode="after")
    def _says_something(self) -> ProgressBody:
        if self.metric_value is None and not self.metrics:
            raise ValueError("give metricValue or metrics")
        return self


class AttemptStarted(Told):
    attempt: Attempt
    leaderboard_id: Uuid
    window_ends_at: datetime


class StartAttemptResponse(Told):
    """The attempt that has begun."""

    data: AttemptStarted


@router.post(
    "/start",
    status_code=CREATED,
    response_model=StartAttemptResponse,
    responses=answers(CREATED, *WRITE, 402) | {ACCEPTED: {"model": ErrorResponse, "headers": FIGURES}},
)
async def start(
    here: PlayerWrites, external_id: ExternalId, event_key: EventKey, body: StartBody
) -> Answer[StartAttemptResponse] | Answer[ErrorResponse]:
    """Begin an attempt, or wait for others: then 202, and the lobby to ask for until it is time to start again."""
    wish = StartAttempt(player=external_id, event=event_key, context=_scalars(body.player_context or {}))
    told = await _started(here, wish, body.idempotency_key)
    if told.lobby is not None:
        return Answer(_forming(told.lobby, event_key), ACCEPTED)
    if told.attempt is None or told.window_ends_at is None:
        raise Problem("internal_error")
    here.town.standings.forget(here.caller.tenant, told.attempt.board_id)
    started = AttemptStarted(
        attempt=attempt_of(here.caller.tenant, told.attempt),
        leaderboard_id=told.attempt.board_id,
        window_ends_at=told.window_ends_at,
    )
    return Answer(StartAttemptResponse(data=started), CREATED)


async def _started(here: Here, wish: StartAttempt, key: str | None) -> StartAnswer:
    """What was told of a lobby that forms is no reason to wait once it has formed: then the same key starts."""
    names = (wish.player, wish.event)
    first = once("start", key, *names)
    told = await here.say(LEADERBOARDS, wish, StartAnswer, key=wish.event, idempotency_key=first)
    waited = told.answer.lobby if told.repeated else None
    if waited is None:
        return told.answer
    lobby = await here.town.events.lobby(here.caller.tenant, waited.lobby_id)
    if lobby is None or lobby.status == "forming":
        return told.answer
    then = once("start", key, *names, waited.lobby_id)
    return (await here.say(LEADERBOARDS, wish, StartAnswer, key=wish.event, idempotency_key=then)).answer


@router.post("/attempts/{attemptId}/progress", response_model=ProgressResponse, responses=answers(OK, *WRITE))
async def progress(
    here: PlayerWrites, external_id: ExternalId, event_key: EventKey, attempt_id: AttemptPath, body: ProgressBody
) -> ProgressResponse:
    """Report how an attempt goes. Whatever milestones that reaches are told with what they give."""
    which = Which(external_id, event_key, attempt_id)
    return await reported(here, which, body, once("progress", body.idempotency_key, *which))


@router.post("/attempts/{attemptId}/finish", response_model=FinishAttemptResponse, responses=answers(OK, *WRITE))
async def finish(
    here: PlayerWrites, external_id: ExternalId, event_key: EventKey, attempt_id: AttemptPath, body: Plain
) -> FinishAttemptResponse:
    """End an attempt as it stands."""
    which = Which(external_id, event_key, attempt_id)
    return await ended(here, which, once("finish", body.idempotency_key, *which))


async def reported(here: Here, which: Which, body: ProgressBody, key: str | None) -> ProgressResponse:
    """The answer to a report, at whichever door it came; whoever is told finds it on the board."""
    wish = ProgressAttempt(
        **which._asdict(),
        mode=body.mode,
        value=body.metric_value,
        metrics=body.metrics,
        occurred_at=body.occurred_at,
    )
    told = (await here.say(LEADERBOARDS, wish, ProgressAnswer, key=which.event, idempotency_key=key)).answer
    tenant = here.caller.tenant
    here.town.standings.forget(tenant, told.attempt.board_id)
    fired = [MilestoneFired(key=one.key, grants=[grant_of(grant) for grant in one.grants]) for one in told.milestones]
    return ProgressResponse(data=Progress(attempt=attempt_of(tenant, told.attempt), milestones_fired=fired))


async def ended(here: Here, which: Which, key: str | None) -> FinishAttemptResponse:
    """The answer to an end, at whichever door it came."""
    wish = FinishAttempt(**which._asdict())
    told = (await here.say(LEADERBOARDS, wish, FinishAnswer, key=which.event, idempotency_key=key)).answer
    attempt = attempt_of(here.caller.tenant, told.attempt)
    return FinishAttemptResponse(data=Finish(attempt=attempt, outcome=told.outcome))


def _forming(lobby: LobbyForming, event: EventId) -> ErrorResponse:
    return ErrorResponse(
        error=Error(
            code=FORMING,
            message=f"lobby '{event}' is filling ({lobby.joined}/{lobby.capacity})",
            details={"lobbyId": lobby.lobby_id},
        )
    )


def _scalars(context: dict[str, Any]) -> dict[str, bool | int | str]:
    """What can be looked at: games send whatever they have, and lists and objects tell no one apart."""
    texts = {name: str(value) if isinstance(value, float) else value for name, value in context.items()}
    kept = (str, int, bool)
    return {name: value for name, value in texts.items() if isinstance(value, kept) and len(str(value)) <= LONGEST_TEXT}
