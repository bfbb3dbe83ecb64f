"""Everything that can be said about a session: one participant's way into one engagement, open for a while.

The session's id is a secret that lets its bearer play, so only its SHA-256 is ever said or kept.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import Field

from shared.ids import EngagementId, PlayerId
from shared.messages.base import Command, Event, Message, Reply
from shared.streams import Stream, key_of

SHORTEST_S: Final = 60
LONGEST_S: Final = 30 * 86_400
USUAL_S: Final = 86_400

SessionHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a session's id, in hex; the key that a session is routed by."""


class Session(Message):
    """Who may come in, where, and until when."""

    session_hash: SessionHash
    engagement: EngagementId
    participant: PlayerId
    opened_at: datetime
    expires_at: datetime


class OpenSession(Command, wire="activity_session.open"):
    """A participant is to be let into an engagement for so many seconds; a session that is open stays so for longer."""

    session_hash: SessionHash
    engagement: EngagementId
    participant: PlayerId
    ttl_seconds: int = Field(ge=SHORTEST_S, le=LONGEST_S)


class SessionOpened(Event, wire="activity_session.opened"):
    """Whoever knows the session's id is this participant until it expires, which is never sooner than once said."""

    session: Session

    @property
    def stream(self) -> Stream[Any]:
        return Stream("activity_session", key_of(self.session.session_hash))


class SessionAnswer(Reply):
    """The session as it is now."""

    session: Session


_session = Session(
    session_hash="3c" * 32,
    engagement=EngagementId("550e8400-e29b-41d4-a716-446655440000"),
    participant=PlayerId("StarlordV7"),
    opened_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
    expires_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
)

SAMPLES = (
    OpenSession(
        session_hash=_session.session_hash,
        engagement=_session.engagement,
        participant=_session.participant,
        ttl_seconds=USUAL_S,
    ),
    SessionOpened(session=_session),
    SessionAnswer(session=_session),
)
