"""How an operator's own program lets its participants in: it opens a session and hands the id to their pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import Field

from services.gateway.activities.common import (
    CREATED,
    PREFIX,
    REPEATABLE,
    TAGS,
    WRITE,
    EngagementKey,
    Id,
    OpensSessions,
    SessionId,
    answers,
)
from services.gateway.activities.entering import introduce, open_session
from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.route import Shown, Strict
from shared.ids import EngagementId, PlayerId
from shared.messages.access import hash_of
from shared.messages.activity_session import LONGEST_S, SHORTEST_S, USUAL_S, OpenSession
from shared.messages.engagement import EngagementSpec
from shared.messages.envelope import LONGEST_KEY

ID_DIGITS: Final = 32
"""Of a session's id that is made here, in hex: 128 bits."""

router = APIRouter(prefix=PREFIX, tags=list(TAGS), dependencies=[REPEATABLE])


class SessionBody(Strict):
    engagement_id: EngagementKey
    participant_id: Annotated[Id, Field(description="The player; made known if nobody has heard of them.")]
    session_id: SessionId | None = Field(default=None, description="Made up unless given.")
    ttl_seconds: Annotated[int, Field(ge=SHORTEST_S, le=LONGEST_S)] = USUAL_S


class SessionShown(Shown):
    session_id: str
    engagement_id: str
    participant_id: str
    expires_at: datetime


@router.post(
    "/sessions",
    status_code=CREATED,
    response_model=SessionShown,
    responses=answers(CREATED, *WRITE, 404),
)
async def create_session(here: OpensSessions, body: SessionBody) -> SessionShown:
    """Let a participant into an engagement. Opened again for the same participant, a session lasts longer."""
    key = here.idempotency_key(LONGEST_KEY)
    await _check_engagement(here, body.engagement_id)
    participant, id_ = PlayerId(body.participant_id), body.session_id or _made_up(here, key)
    await introduce(here, participant)
    wish = OpenSession(
        session_hash=hash_of(id_),
        engagement=EngagementId(body.engagement_id),
        participant=participant,
        ttl_seconds=body.ttl_seconds,
    )
    session = await open_session(here, wish, key)
    return SessionShown(
        session_id=id_,
        engagement_id=session.engagement,
        participant_id=session.participant,
        expires_at=session.expires_at,
    )


def _made_up(here: Here, key: str | None) -> str:
    """An id that nobody can guess; under the same key it is the same, and so need not be kept anywhere."""
    wish = ("key", key) if key is not None else ("once", here.town.clock.new_id())
    secret = here.town.pepper.derived("activity_session", here.caller.tenant, *wish)
    return f"sess_{secret.hex()[:ID_DIGITS]}"


async def _check_engagement(here: Here, engagement: str) -> None:
    """Before anybody is introduced. Raises Problem if there is none, not even one made this very moment."""
    if not _has(here, engagement):
        await here.town.feed.refresh_if_stale()
        if not _has(here, engagement):
            raise Problem("no_engagement")


def _has(here: Here, engagement: str) -> bool:
    return here.town.definitions.current(here.caller.tenant, EngagementSpec, engagement) is not None
