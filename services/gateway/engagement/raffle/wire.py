"""What is sent to the raffles' routes and what they answer, field by field as the document has it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from services.gateway.engagement.common import Hash, IdempotencyKey, PlayerKey
from services.gateway.route import Shown, Strict
from shared.ids import AssetId
from shared.messages.raffle import MOST_TICKETS, RaffleDrawing, RaffleSpec
from shared.messages.raffle import RaffleEntry as Entry
from shared.readmodels.raffle import DrawRow, EntryRow, RaffleRow
from shared.shapes import Definition

MOST_ENTRIES = 1_000
"""On one page."""

TicketNumber = Annotated[int, Field(ge=0, le=MOST_TICKETS)]


class RafflePrize(Shown):
    asset: AssetId
    amount: int = Field(description="In the asset's smallest unit.")


class RaffleDraw(Shown):
    """Who won, and what is needed to check the draw."""

    draw_id: str
    winner_username: str
    prize_winz: int = Field(description="The prize in its asset's smallest unit.")
    winning_ticket_idx: int = Field(description="Counted from 0 in the order of entry.")
    total_tickets: int
    server_seed: Hash
    server_seed_hash: Hash
    tickets_hash: Hash = Field(description="Of the full list of tickets.")
    definition_version: int


class DrawnRaffle(RaffleDraw):
    deduped: bool = Field(description="Whether this repeats an earlier answer, or an earlier draw.")

    @classmethod
    def of(cls, drawing: RaffleDrawing, *, deduped: bool) -> Self:
        return cls(
            draw_id=drawing.draw_id,
            winner_username=drawing.winner,
            prize_winz=drawing.prize.amount,
            winning_ticket_idx=drawing.winning_ticket,
            total_tickets=drawing.total_tickets,
            server_seed=drawing.server_seed,
            server_seed_hash=drawing.server_seed_hash,
            tickets_hash=drawing.tickets_hash,
            definition_version=drawing.definition_version,
            deduped=deduped,
        )


class ListedDraw(RaffleDraw):
    drawn_at: datetime

    @classmethod
    def of(cls, row: DrawRow) -> Self:
        return cls(
            draw_id=row.draw_id,
            winner_username=row.winner,
            prize_winz=row.prize_amount,
            winning_ticket_idx=row.winning_ticket,
            total_tickets=row.total_tickets,
            server_seed=row.server_seed,
            server_seed_hash=row.server_seed_hash,
            tickets_hash=row.tickets_hash,
            definition_version=row.definition_version,
            drawn_at=row.drawn_at,
        )


class Raffle(Shown):
    """A raffle. Once somebody has entered it, its terms stay those of `definition_version`."""

    id: str
    name: str
    status: Literal["active", "paused", "completed"]
    definition_version: int
    ticket_cost: int = Field(description="In the ticket asset's smallest unit.")
    ticket_asset: AssetId
    prize: RafflePrize
    prize_winz: int = Field(description="The prize in its asset's smallest unit.")
    draws_at: datetime | None = Field(description="When it is drawn by itself.")
    max_tickets: int
    max_tickets_per_entry: int
    total_tickets: int
    next_server_seed_hash: Hash | None = Field(
        description="SHA-256 of the seed that the draw is bound to; null in a list until somebody has asked for it."
    )
    draw: ListedDraw | None = Field(description="What was drawn, once it was.")

    @classmethod
    def of(cls, terms: Definition[RaffleSpec], status: Literal["active", "paused"], row: RaffleRow | None) -> Self:
        spec, draw = terms.spec, row.draw if row else None
        return cls(
            id=terms.key,
            name=spec.name,
            status="completed" if draw else status,
            definition_version=terms.version,
            ticket_cost=spec.ticket_cost,
            ticket_asset=spec.ticket_asset,
            prize=RafflePrize(asset=spec.prize_asset, amount=spec.prize_amount),
            prize_winz=spec.prize_amount,
            draws_at=spec.draws_at,
            max_tickets=spec.max_tickets,
            max_tickets_per_entry=spec.max_tickets_per_entry,
            total_tickets=row.total_tickets if row else 0,
            next_server_seed_hash=row.server_seed_hash if row and not draw else None,
            draw=ListedDraw.of(draw) if draw else None,
        )


class Raffles(Shown):
    raffles: list[Raffle]


class EnterRaffleBody(Strict):
    user_id: PlayerKey
    tickets: int = Field(ge=1, le=MOST_TICKETS)
    idempotency_key: IdempotencyKey | None = None


class DrawRaffleBody(Strict):
    idempotency_key: IdempotencyKey | None = None


class EnteredRaffle(Shown):
    """The player's tickets: a range, both ends included."""

    entry_id: str
    tickets: int
    cost: int = Field(description="What was paid, in the ticket asset's smallest unit.")
    first_ticket: int = Field(description="Counted from 0 in the order of entry.")
    last_ticket: int
    total_tickets: int = Field(description="Of the raffle, with these.")
    tickets_hash: Hash = Field(description="Of all tickets up to and with these.")
    deduped: bool = Field(description="Whether this repeats an earlier answer.")

    @classmethod
    def of(cls, entry: Entry, *, deduped: bool) -> Self:
        return cls(**dict(entry), deduped=deduped)


class EntriesQuery(Strict):
    first_ticket: TicketNumber = Field(default=0, description="Entries that begin at this ticket or after it.")
    limit: Annotated[int, Field(ge=1, le=MOST_ENTRIES)] = MOST_ENTRIES


class RaffleEntry(Shown):
    first_ticket: int
    last_ticket: int
    username: str
    entry_id: str
    tickets_hash: Hash = Field(description="Of all tickets up to and with these.")

    @classmethod
    def of(cls, row: EntryRow) -> Self:
        return cls(
            first_ticket=row.first_ticket,
            last_ticket=row.last_ticket,
            username=row.player,
            entry_id=row.entry_id,
            tickets_hash=row.tickets_hash,
        )


class RaffleEntries(Shown):
    """The list of tickets, page by page."""

    entries: list[RaffleEntry]
    next: int | None = Field(description="The `first_ticket` of the next page, if there may be one.")
