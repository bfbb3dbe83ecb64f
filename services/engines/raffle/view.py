"""Which raffles are open, whose tickets are whose, and what was drawn."""

from __future__ import annotations

from shared.messages.raffle import RaffleDrawn, RaffleEntered, RaffleOpened
from shared.shapes import Append, Place, Put, View


def promised(event: RaffleOpened, place: Place) -> tuple[Put, ...]:
    return (Put(key=(event.raffle,), values=(event.definition_version, event.server_seed_hash)),)


def entered(event: RaffleEntered, place: Place) -> tuple[Append, ...]:
    values = (event.last_ticket, event.player, event.entry_id, event.tickets_hash)
    return (Append(key=(event.raffle, event.first_ticket), values=values),)


def drawn(event: RaffleDrawn, place: Place) -> tuple[Append, ...]:
    drawing = event.drawing
    values = (
        drawing.draw_id,
        drawing.winner,
        drawing.prize.asset,
        drawing.prize.amount,
        drawing.winning_ticket,
        drawing.total_tickets,
        drawing.tickets_hash,
        drawing.server_seed,
        drawing.server_seed_hash,
        drawing.definition_version,
        place.at,
    )
    return (Append(key=(event.raffle,), values=values),)


raffles = View(
    table="raffles",
    mode="put",
    key={"raffle": "text"},
    columns={"definition_version": "integer", "server_seed_hash": "text"},
    events=(RaffleOpened,),
    rows=promised,
)

entries = View(
    table="raffle_entries",
    mode="append",
    key={"raffle": "text", "first_ticket": "bigint"},
    columns={"last_ticket": "bigint", "player": "text", "entry_id": "text", "tickets_hash": "text"},
    events=(RaffleEntered,),
    rows=entered,
)

draws = View(
    table="raffle_draws",
    mode="append",
    key={"raffle": "text"},
    columns={
        "draw_id": "text",
        "winner": "text",
        "prize_asset": "text",
        "prize_amount": "bigint",
        "winning_ticket": "bigint",
        "total_tickets": "bigint",
        "tickets_hash": "text",
        "revealed_seed": "text",
        "server_seed_hash": "text",
        "definition_version": "integer",
        "drawn_at": "timestamptz",
    },
    events=(RaffleDrawn,),
    rows=drawn,
)
