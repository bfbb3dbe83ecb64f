"""Whose session an id is, found by its hash."""

from __future__ import annotations

from shared.messages.activity_session import SessionOpened
from shared.shapes import Place, Put, View


def rows(event: SessionOpened, place: Place) -> tuple[Put, ...]:
    session = event.session
    values = (session.engagement, session.participant, session.opened_at, session.expires_at)
    return (Put(key=(session.session_hash,), values=values),)


view = View(
    table="activity_sessions",
    mode="put",
    key={"session_hash": "text"},
    columns={
        "engagement": "text",
        "participant": "text",
        "opened_at": "timestamptz",
        "expires_at": "timestamptz",
    },
    events=(SessionOpened,),
    rows=rows,
)
