"""What is remembered of a table: its seeds, the next nonce, and the round that is under way, if there is one.

Of a round only what was done is kept. What came up is worked out anew from the seeds whenever it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.ids import RoundId
from shared.messages.base import Event
from shared.messages.play import Move
from shared.messages.round import (
    MoveDenied,
    Round,
    RoundBegun,
    RoundFact,
    RoundMoved,
    RoundMoving,
    RoundSettled,
)
from shared.messages.seed_pair import Pair, SeedsOpened, SeedsRotated


@dataclass(frozen=True, slots=True)
class Unseeded:
    """Nobody has looked at this table yet."""


@dataclass(frozen=True, slots=True)
class Held:
    """A round that is under way: the table has no room for another."""

    round: Round
    """As it stands, but showing only what may be seen of its opening alone."""
    moves: tuple[Move, ...] = ()
    debits: int = 1
    """How often a stake has been asked for."""
    asking: Move | None = None
    """The move whose stake is asked for."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """A table with seeds."""

    active: Pair
    upcoming: Pair
    nonce: int = 0
    """Of the next round."""
    held: Held | None = None
    closed: RoundId | None = None
    """The last round that ended here."""


State = Unseeded | Seeded


def evolve(state: State, event: Event) -> State:
    if isinstance(event, SeedsOpened):
        return Seeded(event.active, event.upcoming)
    assert isinstance(state, Seeded), "a table is given its seeds before anything else"
    match event:
        case SeedsRotated():
            return replace(state, active=event.active, upcoming=event.upcoming, nonce=0)
        case RoundBegun():
            return replace(state, nonce=event.round.nonce + 1, held=Held(event.round))
        case RoundFact():
            return _went_on(state, event)
        case _:
            return state


def _went_on(state: Seeded, event: RoundFact) -> Seeded:
    if event.round.status in ("settled", "voided"):
        return replace(state, held=None, closed=event.round.round_id)
    assert state.held is not None, "a round goes on that has begun"
    was = state.held
    held = replace(was, round=event.round.model_copy(update={"shown": was.round.shown}))
    match event:
        case RoundMoving():
            held = replace(held, asking=event.move, debits=was.debits + 1)
        case RoundMoved():
            held = replace(held, asking=None, moves=(*was.moves, event.move))
        case RoundSettled() if event.move is not None:
            held = replace(held, asking=None, moves=(*was.moves, event.move))
        case MoveDenied():
            held = replace(held, asking=None)
        case _:
            pass
    return replace(state, held=held)
