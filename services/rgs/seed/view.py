"""The pairs of seeds of every table; a server seed stands here once it is retired."""

from __future__ import annotations

from shared.messages.seat import Table
from shared.messages.seed_pair import Pair, SeedsFact, SeedsOpened, SeedsRotated
from shared.shapes import Place, Put, View


def rows(event: SeedsFact, place: Place) -> tuple[Put, ...]:
    now = (_row(event.table, event.active), _row(event.table, event.upcoming))
    if not isinstance(event, SeedsRotated):
        return now
    return (_row(event.table, event.retired, event.server_seed, event.nonces), *now)


def _row(table: Table, pair: Pair, server_seed: str | None = None, nonces: int = 0) -> Put:
    return Put(
        key=(table.player, table.operator, table.game, pair.number),
        values=(pair.pair_id, pair.server_hash, pair.client_seed, server_seed, nonces),
    )


pairs = View(
    table="seed_pairs",
    mode="put",
    key={"player": "text", "operator": "text", "game": "text", "number": "bigint"},
    columns={
        "pair_id": "text",
        "server_hash": "text",
        "client_seed": "text",
        "revealed_seed": "text",
        "nonces": "bigint",
    },
    events=(SeedsOpened, SeedsRotated),
    rows=rows,
)
