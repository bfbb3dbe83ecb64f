"""What a raffle's history folds into: not opened yet, open with so many tickets, or drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from shared.ids import RaffleId
from shared.messages.raffle import (
    NO_TICKETS_HASH,
    RaffleDrawing,
    RaffleDrawn,
    RaffleEntered,
    RaffleEntryDenied,
    RaffleEntryRequested,
    RaffleEvent,
    RaffleOpened,
    RaffleSpec,
)
from shared.shapes import Facts
from shared.streams import Stream, key_of

ONLY_SEED: Final = 0
"""A raffle is drawn once, so its history has one seed."""


@dataclass(frozen=True, slots=True)
class Unopened:
    """Nobody has looked at it or entered it yet."""


@dataclass(frozen=True, slots=True)
class Open:
    """Tickets are sold under this version of its definition; its draw is bound to the seed with this hash."""

    definition_version: int
    seed_key_id: str
    server_seed_hash: str
    tickets: int = 0
    """Paid for and counted."""
    reserved: int = 0
    """Being paid for."""
    tickets_hash: str = NO_TICKETS_HASH

    @property
    def untouched(self) -> bool:
        """Whether nobody has a ticket or is about to get one."""
        return self.tickets + self.reserved == 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """It is over."""

    drawing: RaffleDrawing


Raffle = Unopened | Open | Drawn


def raffle_of(raffle: RaffleId) -> Stream[Raffle]:
    """The history of one raffle."""
    return Stream("raffle", key_of(raffle))


def terms_of(name: RaffleId, raffle: Open, facts: Facts) -> RaffleSpec:
    """What was configured when it opened, whatever was changed since."""
    definition = facts.definitions.at(RaffleSpec, name, raffle.definition_version)
    if definition is None:
        raise LookupError(f"raffle {name} has no version {raffle.definition_version}")
    return definition.spec


def evolve(raffle: Raffle, event: RaffleEvent) -> Raffle:
    match event, raffle:
        case RaffleOpened(), _:
            return Open(event.definition_version, event.seed_key_id, event.server_seed_hash)
        case RaffleDrawn(), _:
            return Drawn(event.drawing)
        case RaffleEntryRequested(), Open():
            return replace(raffle, reserved=raffle.reserved + event.tickets)
        case RaffleEntryDenied(), Open():
            return replace(raffle, reserved=raffle.reserved - event.tickets)
        case RaffleEntered(), Open():
            reserved = raffle.reserved - event.tickets
            return replace(raffle, tickets=event.total_tickets, reserved=reserved, tickets_hash=event.tickets_hash)
        case _:
            return raffle
