"""The periods of every board across events in which anybody has scored."""

from __future__ import annotations

from shared.messages.season import BoardScored
from shared.shapes import Place, Put, View


def period(event: BoardScored, place: Place) -> tuple[Put, ...]:
    key = (event.board, event.period_started_at, event.segment or "")
    return (Put(key, (event.board_id, event.period_ended_at)),)


periods = View(
    table="season_boards",
    mode="put",
    key={"board": "text", "started_at": "timestamptz", "segment": "text"},
    columns={"board_id": "text", "ended_at": "timestamptz"},
    events=(BoardScored,),
    rows=period,
)
