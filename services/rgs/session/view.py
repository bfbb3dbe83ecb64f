"""Who sits where, and which token leads there; a token is known by its hash alone."""

from __future__ import annotations

from typing import Final

from shared.messages.session import SessionFact, SessionLaunched, SessionRefreshed, SessionTouched
from shared.shapes import Append, Place, Put, View

_CHANGES: Final = (SessionLaunched, SessionTouched, SessionRefreshed)


def as_it_stands(event: SessionFact, place: Place) -> tuple[Put, ...]:
    session = event.session
    seat = session.seat
    row = Put(
        key=(seat.player, session.session_id),
        values=(
            seat.operator,
            seat.game,
            session.slug,
            seat.currency,
            session.wallet,
            session.number,
            session.expires_at,
        ),
    )
    return (row,)


def new_token(event: SessionFact, place: Place) -> tuple[Append, ...]:
    session = event.session
    seat = session.seat
    row = Append(
        key=(seat.player, session.token_hash),
        values=(session.session_id, session.number, seat.operator, seat.game, seat.currency),
    )
    return (row,)


sessions = View(
    table="sessions",
    mode="put",
    key={"player": "text", "session_id": "text"},
    columns={
        "operator": "text",
        "game": "text",
        "slug": "text",
        "currency": "text",
        "wallet": "text",
        "number": "integer",
        "expires_at": "timestamptz",
    },
    events=_CHANGES,
    rows=as_it_stands,
)

tokens = View(
    table="session_tokens",
    mode="append",
    key={"player": "text", "token_hash": "text"},
    columns={"session_id": "text", "number": "integer", "operator": "text", "game": "text", "currency": "text"},
    events=(SessionLaunched, SessionRefreshed),
    rows=new_token,
)
