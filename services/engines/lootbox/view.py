"""The hash that each player's next draw is bound to."""

from __future__ import annotations

from shared.messages.seed import SeedCommitted
from shared.shapes import Place, Put, View


def rows(event: SeedCommitted, place: Place) -> tuple[Put, ...]:
    return (Put(key=(event.engine, event.player, event.entity), values=(event.number, event.server_seed_hash)),)


view = View(
    table="seeds",
    mode="put",
    key={"engine": "text", "player": "text", "entity": "text"},
    columns={"number": "bigint", "server_seed_hash": "text"},
    events=(SeedCommitted,),
    rows=rows,
)
