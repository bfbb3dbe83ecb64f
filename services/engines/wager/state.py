"""What is remembered of the stream: that batches were taken, and what little of each player must be known."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.ids import PlayerId
from shared.messages.wager import FirstDeposited, LevelProgressed, WagerersEvent, WagersTaken, Waiting, WaitingNoted
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Stand:
    """How many batches of a tenant's stream have counted in this partition."""

    batches: int = 0


@dataclass(frozen=True, slots=True)
class Wagerer:
    """One player, as far as the stream tells."""

    deposited: bool = False
    wagered: int = 0
    """In micro-units of USD; kept only where the tenant has levels."""
    level: int = 0
    waiting: Waiting | None = None
    """What the journeys last said they wait for."""


def taken_of() -> Stream[Stand]:
    """The history of what a partition has taken of a tenant's stream."""
    return Stream("wagers", key_of("taken"))


def wagerer_of(player: PlayerId) -> Stream[Wagerer]:
    """The history of one player in the stream."""
    return Stream("wagerer", key_of(player))


def evolve(stand: Stand, event: WagersTaken) -> Stand:
    return Stand(stand.batches + 1)


def evolve_wagerer(wagerer: Wagerer, event: WagerersEvent) -> Wagerer:
    match event:
        case FirstDeposited():
            return replace(wagerer, deposited=True)
        case LevelProgressed():
            return replace(wagerer, wagered=event.wagered, level=event.level)
        case WaitingNoted():
            return replace(wagerer, waiting=event.waiting)
