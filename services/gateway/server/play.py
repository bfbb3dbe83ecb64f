"""How a game's own server plays for its players: it reports attempts and scores, and puts players into lobbies."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path

from services.gateway.problem import Problem
from services.gateway.sdk.attempts import LEADERBOARDS, ProgressBody, Which, ended, reported
from services.gateway.sdk.common import OK, AttemptPath, EventKey, ExternalId, answers
from services.gateway.sdk.wire import (
    AskedExactly,
    FinishAttemptResponse,
    Id,
    Micro,
    Plain,
    ProgressResponse,
    Told,
    Uuid,
    number,
)
from services.gateway.server.common import PREFIX, TAGS, WRITE, Server, once_at_server
from shared.ids import PlayerId, SeasonId, user_id_of
from shared.messages.season import BoardScoredAnswer, ScoreBoard

ATTEMPT: Final = "/players/{externalId}/events/{eventKey}/attempts/{attemptId}"

router = APIRouter(prefix=PREFIX, tags=list(TAGS))

BoardKey = Annotated[SeasonId, Path(alias="key", min_length=1, max_length=128)]


class SharedScoreBody(AskedExactly):
    external_player_id: Id
    value: Micro
    segment: Id | None = None


class Score(Told):
    leaderboard_id: Uuid
    score: int | float
    rank: int | None


class ScoreResponse(Told):
    """The player's score as it now stands on the board."""

    data: Score


@router.post(f"{ATTEMPT}/progress", response_model=ProgressResponse, responses=answers(OK, *WRITE))
async def progress(
    here: Server, external_id: ExternalId, event_key: EventKey, attempt_id: AttemptPath, body: ProgressBody
) -> ProgressResponse:
    """Report how an attempt goes."""
    which = Which(external_id, event_key, attempt_id)
    return await reported(here, which, body, once_at_server("progress", body.idempotency_key, *which))


@router.post(f"{ATTEMPT}/finish", response_model=FinishAttemptResponse, responses=answers(OK, *WRITE))
async def finish(
    here: Server, external_id: ExternalId, event_key: EventKey, attempt_id: AttemptPath, body: Plain
) -> FinishAttemptResponse:
    """End an attempt as it stands."""
    which = Which(external_id, event_key, attempt_id)
    return await ended(here, which, once_at_server("finish", body.idempotency_key, *which))


@router.post("/leaderboards/{key}/score", response_model=ScoreResponse, responses=answers(OK, *WRITE))
async def score(here: Server, key: BoardKey, body: SharedScoreBody) -> ScoreResponse:
    """Write a value to a board across events; boards of events come from attempts alone."""
    tenant, player = here.caller.tenant, PlayerId(body.external_player_id)
    if not await here.town.acquaintances.has(tenant, player):
        raise Problem("no_player")
    wish = ScoreBoard(board=key, player=player, value=body.value, segment=body.segment)
    wish_key = once_at_server("score", body.idempotency_key, player, key)
    told = (await here.say(LEADERBOARDS, wish, BoardScoredAnswer, key=key, idempotency_key=wish_key)).answer
    here.town.standings.forget(tenant, told.board_id)
    participant = user_id_of(tenant, player)
    standing = await here.town.standings.read_season(tenant, key, told.board_id, 1, participant)
    rank = None if standing.own is None else standing.own.rank
    return ScoreResponse(data=Score(leaderboard_id=told.board_id, score=number(told.score), rank=rank))
