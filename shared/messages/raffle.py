"""Everything that can be said about a raffle: players buy tickets, one ticket is drawn, its owner gets the prize."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from shared.ids import AccountId, AssetId, MessageId, PlayerId, RaffleId
from shared.messages.base import LARGEST_AMOUNT, Amount, Command, Event, FollowUp, Message, Reference, Reply, Spec
from shared.streams import Stream, key_of

TICKETS: Final = AccountId("tickets")
"""The house account that tickets are paid to; prizes come from `rewards`."""
WINZ: Final = AssetId("WINZ")
MOST_TICKETS: Final = 1_000_000
"""Of one raffle."""
NO_TICKETS_HASH: Final = "0" * 64
"""The `tickets_hash` before the first entry."""
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(3000, 1, 1, tzinfo=UTC)

Tickets = Annotated[int, Field(ge=1, le=MOST_TICKETS)]


def _in_reach(at: datetime) -> datetime:
    if not _EARLIEST <= at < _LATEST:
        raise ValueError("must be between the years 2000 and 3000")
    return at.astimezone(UTC)


class RaffleSpec(Spec, kind="raffle"):
    """What a ticket costs, what one of them wins, and when it is drawn."""

    name: str = Field(min_length=1, max_length=128)
    status: Literal["active", "paused"] = "active"
    """A paused raffle takes no entries; it can still be drawn."""
    ticket_cost: Amount
    """In the ticket asset's smallest unit."""
    ticket_asset: AssetId = WINZ
    prize_amount: Amount
    """In the prize asset's smallest unit."""
    prize_asset: AssetId = WINZ
    draws_at: Annotated[AwareDatetime, AfterValidator(_in_reach)] | None = None
    """When it is drawn by itself; none: only when somebody asks for it."""
    max_tickets: Tickets = MOST_TICKETS
    max_tickets_per_entry: Tickets = MOST_TICKETS

    @model_validator(mode="after")
    def _the_largest_entry_can_be_paid_for(self) -> RaffleSpec:
        if self.ticket_cost * self.max_tickets_per_entry > LARGEST_AMOUNT:
            raise ValueError("ticket_cost times max_tickets_per_entry is beyond 2^53; lower one of them")
        return self

    def references(self) -> tuple[Reference, ...]:
        return (
            Reference("asset", self.ticket_asset, "ticket_asset"),
            Reference("asset", self.prize_asset, "prize_asset"),
        )


class RafflePrize(Message):
    """What the winning ticket wins."""

    asset: AssetId
    amount: int


class RaffleDrawing(Message):
    """A raffle's one draw, complete: who won, and all that is needed to check it."""

    draw_id: MessageId
    winner: PlayerId
    prize: RafflePrize
    winning_ticket: int
    """Counted from 0 in the order of entry."""
    total_tickets: int
    tickets_hash: str
    """Of the full list of tickets, as docs/fairness.md has it."""
    server_seed: str
    server_seed_hash: str
    definition_version: int


class RaffleEntry(Message):
    """A player's tickets of one entry: a range, both ends included."""

    entry_id: MessageId
    tickets: int
    cost: int
    """What was paid for them all."""
    first_ticket: int
    last_ticket: int
    total_tickets: int
    """Of the raffle, this entry included."""
    tickets_hash: str
    """Of all tickets up to and with these: a receipt that the list can be held against after the draw."""


class RaffleWish(Message):
    """Which raffle."""

    raffle: RaffleId


class OpenRaffle(Command, RaffleWish, wire="raffle.open"):
    """Somebody wants to see the hash that the draw is bound to."""


class EnterRaffle(Command, RaffleWish, wire="raffle.enter"):
    """A player buys tickets."""

    player: PlayerId
    tickets: Tickets


class DrawRaffle(Command, RaffleWish, wire="raffle.draw"):
    """Somebody wants the winner now."""


class DrawDueRaffle(Command, RaffleWish, wire="raffle.draw_due"):
    """The time has come at which the raffle is drawn by itself."""

    definition_version: int
    """The version that set the time; a raffle that was opened anew under another one has a time of its own."""


class Purchase(Message):
    """Tickets of one entry, and what is paid for them all."""

    entry_id: MessageId
    player: PlayerId
    tickets: int
    asset: AssetId
    cost: int


class CountEntry(FollowUp, RaffleWish, Purchase, wire="raffle.count_entry"):
    """The ledger has said whether the tickets are paid for; if so, they are the next ones."""


class ReturnEntry(FollowUp, RaffleWish, wire="raffle.return_entry"):
    """Tickets that came too late are paid back; the player is told."""


class FinishRaffle(FollowUp, RaffleWish, wire="raffle.finish"):
    """The ledger has paid the prize; whoever asked for the draw is told."""

    drawing: RaffleDrawing
    awaited: bool
    """Whether somebody waits for it; nobody does where the time was up."""


class RaffleEvent(Event):
    """A fact about one raffle."""

    raffle: RaffleId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("raffle", key_of(self.raffle))


class RaffleOpened(RaffleEvent, wire="raffle.opened"):
    """The raffle takes entries under this version, and its draw is bound to the seed with this hash."""

    definition_version: int
    seed_key_id: str
    """Which of the tenant's seed secrets the seed is made from."""
    server_seed_hash: str


class RaffleEntryRequested(Purchase, RaffleEvent, wire="raffle.entry_requested"):
    """A player wants tickets; there is room for them, and the ledger is asked for the money."""


class RaffleEntryDenied(Purchase, RaffleEvent, wire="raffle.entry_denied"):
    """The ledger has not taken the money; the room is free again."""

    code: str


class RaffleEntered(RaffleEntry, RaffleEvent, wire="raffle.entered"):
    """The player owns these tickets."""

    player: PlayerId


class RaffleEntryReturned(Purchase, RaffleEvent, wire="raffle.entry_returned"):
    """The tickets were paid for when the raffle was drawn already: there are none, and the money goes back."""


class RaffleDrawn(RaffleEvent, wire="raffle.drawn"):
    """Chance has picked a ticket and the seed is revealed. The prize is owed from now on; the raffle is over."""

    seed_key_id: str
    drawing: RaffleDrawing


class RaffleSeedAnswer(Reply):
    """The hash that the draw is bound to."""

    server_seed_hash: str
    definition_version: int


class RaffleEntryAnswer(Reply):
    """The tickets, once they are paid for and counted."""

    entry: RaffleEntry


class RaffleAnswer(Reply):
    """The draw."""

    drawing: RaffleDrawing
    drawn_before: bool
    """Whether it was made for somebody else's wish, or because the time was up."""


RaffleCommand = OpenRaffle | EnterRaffle | DrawRaffle | DrawDueRaffle | CountEntry | ReturnEntry | FinishRaffle

_raffle: dict[str, Any] = {"raffle": "weekly-raffle"}
_purchase = Purchase(
    entry_id=MessageId("0192f0c1-0000-7000-8000-000000000003"),
    player=PlayerId("rocket"),
    tickets=3,
    asset=WINZ,
    cost=30,
)
_entry = RaffleEntry(
    entry_id=_purchase.entry_id,
    tickets=3,
    cost=30,
    first_ticket=7,
    last_ticket=9,
    total_tickets=10,
    tickets_hash="5e" * 32,
)
_drawing = RaffleDrawing(
    draw_id=MessageId("0192f0c1-0000-7000-8000-000000000004"),
    winner=PlayerId("rocket"),
    prize=RafflePrize(asset=WINZ, amount=5_000),
    winning_ticket=8,
    total_tickets=10,
    tickets_hash="5e" * 32,
    server_seed="3b" * 32,
    server_seed_hash="9f" * 32,
    definition_version=1,
)

SAMPLES = (
    OpenRaffle(**_raffle),
    EnterRaffle(**_raffle, player=PlayerId("rocket"), tickets=3),
    DrawRaffle(**_raffle),
    DrawDueRaffle(**_raffle, definition_version=1),
    CountEntry(**_raffle, **dict(_purchase)),
    ReturnEntry(**_raffle),
    FinishRaffle(**_raffle, drawing=_drawing, awaited=True),
    RaffleOpened(**_raffle, definition_version=1, seed_key_id="k1", server_seed_hash="9f" * 32),
    RaffleEntryRequested(**_raffle, **dict(_purchase)),
    RaffleEntryDenied(**_raffle, **dict(_purchase), code="insufficient_balance"),
    RaffleEntered(**_raffle, **dict(_entry), player=PlayerId("rocket")),
    RaffleEntryReturned(**_raffle, **dict(_purchase)),
    RaffleDrawn(**_raffle, seed_key_id="k1", drawing=_drawing),
    RaffleSeedAnswer(server_seed_hash="9f" * 32, definition_version=1),
    RaffleEntryAnswer(entry=_entry),
    RaffleAnswer(drawing=_drawing, drawn_before=False),
    RaffleSpec(
        name="Weekly raffle", ticket_cost=10, prize_amount=5_000, draws_at=datetime(2026, 11, 29, 18, tzinfo=UTC)
    ),
)
