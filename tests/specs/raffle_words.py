"""A raffle as the specs know it: its terms, who has entered, and what must come out of its draw."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from services.engines.raffle.state import Raffle, raffle_of
from services.engines.raffle.tickets import chained, winning_ticket
from services.engines.registry import service
from shared.ids import AssetId, MessageId, PlayerId, RaffleId
from shared.messages.raffle import (
    NO_TICKETS_HASH,
    DrawRaffle,
    EnterRaffle,
    OpenRaffle,
    Purchase,
    RaffleDrawing,
    RaffleDrawn,
    RaffleEntered,
    RaffleEntry,
    RaffleEntryRequested,
    RaffleOpened,
    RafflePrize,
    RaffleSpec,
)
from shared.messages.wallet import WalletAnswer
from shared.shapes import Seed
from shared.testing.clock import NOON
from shared.testing.grammar import Story, given, seeds

ROCKET, GROOT, WEEKLY = PlayerId("rocket"), PlayerId("groot"), RaffleId("weekly-raffle")
WINZ, USD = AssetId("WINZ"), AssetId("USD")
SUNDAY: Final = NOON + timedelta(days=3)


def terms(**fields: Any) -> RaffleSpec:
    return RaffleSpec(**{"name": "Weekly raffle", "ticket_cost": 10, "prize_amount": 5_000, **fields})


shop = given(service).defined(WEEKLY, terms())
on_sunday = given(service).defined(WEEKLY, terms(draws_at=SUNDAY))
paused = shop.defined(WEEKLY, terms(status="paused"), 2)

paid = WalletAnswer(transaction_id="ledger/0/3/0", player=ROCKET, balances={WINZ: 100})
asks = OpenRaffle(raffle=WEEKLY)
draws = DrawRaffle(raffle=WEEKLY)


def enters(tickets: int = 3, player: PlayerId = ROCKET) -> EnterRaffle:
    return EnterRaffle(raffle=WEEKLY, player=player, tickets=tickets)


def seed(key_id: str = "k1") -> Seed:
    return seeds().of(raffle_of(WEEKLY), 0, key_id)


def opened(version: int = 1, key_id: str = "k1") -> RaffleOpened:
    return RaffleOpened(
        raffle=WEEKLY, definition_version=version, seed_key_id=key_id, server_seed_hash=seed(key_id).hash
    )


def purchase(step: int, tickets: int = 3, player: PlayerId = ROCKET, cost: int = 10) -> dict[str, Any]:
    entry = MessageId(f"command-{step}")
    return dict(Purchase(entry_id=entry, player=player, tickets=tickets, asset=WINZ, cost=cost * tickets))


def requested(step: int, tickets: int = 3, player: PlayerId = ROCKET) -> RaffleEntryRequested:
    return RaffleEntryRequested(raffle=WEEKLY, **purchase(step, tickets, player))


def entered(step: int, first: int, last: int, hash_: str, player: PlayerId = ROCKET) -> RaffleEntered:
    return RaffleEntered(
        raffle=WEEKLY,
        player=player,
        entry_id=MessageId(f"command-{step}"),
        tickets=last - first + 1,
        cost=10 * (last - first + 1),
        first_ticket=first,
        last_ticket=last,
        total_tickets=last + 1,
        tickets_hash=hash_,
    )


def entry_of(event: RaffleEntered) -> RaffleEntry:
    return RaffleEntry(**{name: getattr(event, name) for name in RaffleEntry.model_fields})


def has_entered(story: Story, tickets: int = 3, player: PlayerId = ROCKET) -> Story:
    return story.when(enters(tickets, player)).answered(paid).story


THREE: Final = chained(NO_TICKETS_HASH, 0, 2, ROCKET)
TEN: Final = chained(THREE, 3, 9, GROOT)
sold = has_entered(has_entered(shop), 7, GROOT)
"""Rocket owns 0 to 2, Groot owns 3 to 9."""
TICKET: Final = winning_ticket(seed().value, WEEKLY, 10)
WINNER, FIRST, LAST = (ROCKET, 0, 2) if TICKET <= 2 else (GROOT, 3, 9)
owned = sold.seeing((WINNER, FIRST, LAST))


def drawing(step: str, **fields: Any) -> RaffleDrawing:
    told: dict[str, Any] = {
        "draw_id": MessageId(step),
        "winner": WINNER,
        "prize": RafflePrize(asset=WINZ, amount=5_000),
        "winning_ticket": TICKET,
        "total_tickets": 10,
        "tickets_hash": TEN,
        "server_seed": seed().value,
        "server_seed_hash": seed().hash,
        "definition_version": 1,
    }
    return RaffleDrawing(**{**told, **fields})


def drawn(drawing: RaffleDrawing, key_id: str = "k1") -> RaffleDrawn:
    return RaffleDrawn(raffle=WEEKLY, seed_key_id=key_id, drawing=drawing)


def raffle_in(story: Story) -> Raffle:
    return story.state(raffle_of(WEEKLY))
