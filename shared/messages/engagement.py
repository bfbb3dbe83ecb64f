"""What an operator says of an engagement: a group of activities, the points it awards, and who may come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field

from shared.ids import AssetId, PlayerId
from shared.messages.access import hash_of
from shared.messages.base import Message, Reference, Spec

MOST_DEMO_SESSIONS: Final = 100


class DemoSession(Message):
    """A published session, refused unless the environment is `demo` or `test`; it never expires."""

    session_hash: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the session's id, in hex; a `session_id` in a world file is hashed before anybody hears of it."""
    participant: PlayerId = Field(min_length=1, max_length=128)


class EngagementSpec(Spec, kind="engagement"):
    """A group of activities that sessions are opened for; its key is a uuid."""

    name: str = Field(min_length=1, max_length=128)
    status: Literal["active", "paused"] = "active"
    """Nothing is validated or completed in a paused engagement."""
    public: bool = False
    """Whether an unknown session is opened on its first use, for an anonymous participant."""
    points_asset: AssetId = AssetId("points")
    """What `award_points` pays, and what the points' balance shows."""
    points_name: str = Field(default="points", min_length=1, max_length=64)
    per_minute: int = Field(default=100, ge=1, le=100_000_000)
    """Requests that one address may make in 60 seconds."""
    sessions: tuple[DemoSession, ...] = Field(default=(), max_length=MOST_DEMO_SESSIONS)

    @classmethod
    def sealed(cls, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        sessions = raw.get("sessions")
        if not isinstance(sessions, list | tuple):
            return raw
        return {**raw, "sessions": [_sealed(session) for session in sessions]}

    @property
    def published(self) -> dict[str, PlayerId]:
        """Whose each demo session is, by its hash."""
        return {session.session_hash: session.participant for session in self.sessions}

    def references(self) -> tuple[Reference, ...]:
        return (Reference("asset", self.points_asset, "points_asset"),)


def _sealed(session: Any) -> Any:
    if not isinstance(session, Mapping) or not isinstance(session.get("session_id"), str):
        return session
    rest = {name: value for name, value in session.items() if name != "session_id"}
    return {**rest, "session_hash": hash_of(session["session_id"])}


SAMPLES = (
    EngagementSpec(
        name="Spring campaign",
        sessions=(DemoSession(session_hash=hash_of("sess_abc123"), participant=PlayerId("StarlordV7")),),
    ),
)
