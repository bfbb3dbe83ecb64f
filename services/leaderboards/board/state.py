"""How far the end of a board has come."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.ids import BoardId, EventId
from shared.messages.board import FinalEntry
from shared.messages.event_spec import EventSpec
from shared.shapes import Facts
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Running:
    """Its window is not over, as far as anybody has said."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Nothing counts any more; places are being made final, a page at a time, and paid."""

    definition_version: int
    window_id: str | None
    participants: int
    total: str
    """What players above zero have together, in millionths."""
    bundles: dict[str, int] = field(default_factory=dict)
    """The versions that are paid, by key."""
    first: FinalEntry | None = None
    """The best player, once known, if above zero."""
    given: int = 0
    """Of a shared pool, to all others."""
    unpaid: int = 0
    """To how many the ledger has not yet made their grants."""
    more: bool = True
    """Whether there are places still to be looked at."""


@dataclass(frozen=True, slots=True)
class Finalized:
    """Every place has what it won."""

    participants: int


Standing = Running | Closing | Finalized


def board_of(event: EventId, board_id: BoardId) -> Stream[Standing]:
    """The history of the end of one board."""
    return Stream("board", key_of(event, board_id))


def spec_at(event: EventId, version: int, facts: Facts) -> EventSpec:
    """What the event was when the window was opened."""
    found = facts.definitions.at(EventSpec, event, version)
    if found is None:
        raise LookupError(f"event {event} has no version {version}")
    return found.spec


def wins(entry: FinalEntry) -> bool:
    """Whether this place can win anything: bots do not, nor does whoever has not scored."""
    return entry.kind == "player" and entry.score > 0
