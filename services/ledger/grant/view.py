"""What every player was given, and how it stands, newest first for whoever asks."""

from __future__ import annotations

from shared.messages.grant import CrateOpened, GrantClaimed, GrantEvent, GrantExpired, GrantGiven
from shared.shapes import Place, Put, View


def rows(event: GrantEvent, place: Place) -> tuple[Put, ...]:
    told = event.grant
    values = (
        told.status,
        told.created_at,
        told.kind,
        told.model_dump_json(include={"entries"}),
        told.source_kind,
        told.source_ref,
        told.parent,
        told.rolled_at,
        told.claimed_at,
        told.expires_at,
        told.acked_by,
        None if told.proof is None else told.proof.model_dump_json(),
    )
    return (Put(key=(told.player, told.grant_id), values=values),)


view = View(
    table="grants",
    mode="put",
    key={"player": "text", "grant_id": "text"},
    columns={
        "status": "text",
        "created_at": "timestamptz",
        "kind": "text",
        "entries": "text",
        "source_kind": "text",
        "source_ref": "text",
        "parent": "text",
        "rolled_at": "timestamptz",
        "claimed_at": "timestamptz",
        "expires_at": "timestamptz",
        "acked_by": "text",
        "proof": "text",
    },
    events=(GrantGiven, GrantClaimed, GrantExpired, CrateOpened),
    rows=rows,
)
