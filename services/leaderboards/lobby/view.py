"""Every lobby as it stands, and who has a seat in which."""

from __future__ import annotations

import json

from shared.messages.lobby import LobbyActivated, LobbyJoined, LobbySeatTaken
from shared.shapes import Place, Put, View


def lobby(event: LobbyJoined | LobbyActivated, place: Place) -> tuple[Put, ...]:
    one = event.lobby
    values = (
        one.window_id,
        one.board_id,
        one.key,
        one.status,
        one.capacity,
        one.joined,
        one.bots,
        one.fill_by,
        one.started_at,
        one.ends_at,
        json.dumps(one.metadata),
    )
    return (Put((one.event, one.lobby_id), values),)


def seat(event: LobbySeatTaken, place: Place) -> tuple[Put, ...]:
    return (Put((event.event, event.player, event.lobby_id), (event.window_id, place.at)),)


lobbies = View(
    table="lobbies",
    mode="put",
    key={"event": "text", "lobby_id": "text"},
    columns={
        "window_id": "text",
        "board_id": "text",
        "pushed_key": "text",
        "status": "text",
        "capacity": "integer",
        "joined": "integer",
        "bots": "integer",
        "fill_by": "timestamptz",
        "started_at": "timestamptz",
        "ends_at": "timestamptz",
        "metadata": "text",
    },
    events=(LobbyJoined, LobbyActivated),
    rows=lobby,
)

seats = View(
    table="lobby_seats",
    mode="put",
    key={"event": "text", "player": "text", "lobby_id": "text"},
    columns={"window_id": "text", "joined_at": "timestamptz"},
    events=(LobbySeatTaken,),
    rows=seat,
)
