"""Who exists, under which status, for everyone who asks."""

from __future__ import annotations

from shared.messages.player import PlayerCreated, PlayerEvent, PlayerLimitsSet, PlayerStatusChanged, PlayerUpdated
from shared.messages.registration import PlayerBanned, PlayerErased, PlayerUnbanned
from shared.shapes import Place, Put, View


def rows(event: PlayerEvent, place: Place) -> tuple[Put, ...]:
    who = event.profile
    limits = who.model_dump_json(include={"limits"})
    known = (who.user_id, who.status, who.external_ref, who.country_code, who.created_at, place.at, place.version)
    return (Put(key=(who.player,), values=(*known, limits, who.banned, who.erased_at)),)


view = View(
    table="players",
    mode="put",
    key={"player": "text"},
    columns={
        "user_id": "text",
        "status": "text",
        "external_ref": "text",
        "country_code": "text",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
        "version": "int",
        "limits": "text",
        "banned": "boolean",
        "erased_at": "timestamptz",
    },
    events=(
        PlayerCreated,
        PlayerUpdated,
        PlayerStatusChanged,
        PlayerLimitsSet,
        PlayerBanned,
        PlayerUnbanned,
        PlayerErased,
    ),
    rows=rows,
)
