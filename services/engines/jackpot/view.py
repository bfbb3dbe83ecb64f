"""How each jackpot stands, and which pools were won."""

from __future__ import annotations

from shared.messages.jackpot import (
    JackpotContributed,
    JackpotDropped,
    JackpotOpened,
    JackpotWagersCounted,
)
from shared.shapes import Append, Place, Put, View


def begun(event: JackpotOpened, place: Place) -> tuple[Put, ...]:
    hidden = event.hidden
    bound = (hidden.least, hidden.most, hidden.server_seed_hash) if hidden else (None, None, None)
    values = (event.number, event.definition_version, event.asset, event.scale, *bound)
    return (Put(key=(event.jackpot,), values=values),)


def sized(event: JackpotOpened | JackpotContributed | JackpotWagersCounted, place: Place) -> tuple[Put, ...]:
    match event:
        case JackpotOpened():
            last = None
        case JackpotContributed():
            last = event.player
        case JackpotWagersCounted():
            last = event.last_contributor
    return (Put(key=(event.jackpot,), values=(event.pool, last)),)


def won(event: JackpotDropped, place: Place) -> tuple[Append, ...]:
    drop, secret = event.drop, event.revealed
    told = (secret.point, secret.server_seed, secret.server_seed_hash) if secret else (None, None, None)
    values = (
        drop.drop_id,
        drop.winner,
        drop.asset,
        drop.scale,
        drop.amount,
        drop.pool_before,
        drop.pool_after,
        drop.trigger_reason,
        event.definition_version,
        place.at,
        *told,
    )
    return (Append(key=(event.jackpot, event.number), values=values),)


jackpots = View(
    table="jackpots",
    mode="put",
    key={"jackpot": "text"},
    columns={
        "number": "bigint",
        "definition_version": "integer",
        "asset": "text",
        "scale": "smallint",
        "least": "bigint",
        "most": "bigint",
        "server_seed_hash": "text",
    },
    events=(JackpotOpened,),
    rows=begun,
)

pools = View(
    table="jackpot_pools",
    mode="put",
    key={"jackpot": "text"},
    columns={"pool": "bigint", "last_contributor": "text"},
    events=(JackpotOpened, JackpotContributed, JackpotWagersCounted),
    rows=sized,
)

drops = View(
    table="jackpot_drops",
    mode="append",
    key={"jackpot": "text", "number": "bigint"},
    columns={
        "drop_id": "text",
        "winner": "text",
        "asset": "text",
        "scale": "smallint",
        "amount": "bigint",
        "pool_before": "bigint",
        "pool_after": "bigint",
        "trigger_reason": "text",
        "definition_version": "integer",
        "dropped_at": "timestamptz",
        "must_drop_at": "bigint",
        "revealed_seed": "text",
        "server_seed_hash": "text",
    },
    events=(JackpotDropped,),
    rows=won,
)
