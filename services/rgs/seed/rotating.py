"""Hashes are told to whoever asks, and a pair retires when its player wants another; never while a round is open."""

from __future__ import annotations

from services.rgs.round.state import Seeded, State, evolve
from services.rgs.seed import pairs
from shared.messages.base import Event
from shared.messages.seat import Table
from shared.messages.seed_pair import RotatedAnswer, RotateSeeds, SeedsAnswer, SeedsOpened, SeedsRotated, ShowSeeds
from shared.shapes import Decision, Facts, Outcome, Refused


def seeded(state: State, table: Table, facts: Facts) -> tuple[Seeded, tuple[SeedsOpened, ...]]:
    """The table with its seeds; the first who comes to it has them made, and the hashes stand in a fact."""
    if isinstance(state, Seeded):
        return state, ()
    opened = pairs.opened(table, facts)
    after = evolve(state, opened)
    assert isinstance(after, Seeded), "it has just been given seeds"
    return after, (opened,)


def show(command: ShowSeeds, state: State, facts: Facts) -> Decision[Event]:
    now, opened = seeded(state, command.table, facts)
    return Decision(opened, reply=SeedsAnswer(active=now.active, nonce=now.nonce, upcoming=now.upcoming))


def rotate(command: RotateSeeds, state: State, facts: Facts) -> Outcome[Event]:
    table = command.table
    now, opened = seeded(state, table, facts)
    if now.held is not None:
        return Refused("active_round_exists", {"round_id": now.held.round.round_id})
    rotated = SeedsRotated(
        table=table,
        retired=now.active,
        server_seed=pairs.server_seed(table, now.active, facts),
        nonces=now.nonce,
        active=pairs.active(now.upcoming, table, command.client_seed, facts),
        upcoming=pairs.upcoming(table, now.upcoming.number + 1, facts),
    )
    answer = RotatedAnswer(
        active=rotated.active,
        nonce=0,
        upcoming=rotated.upcoming,
        retired=rotated.retired,
        server_seed=rotated.server_seed,
    )
    return Decision((*opened, rotated), reply=answer)
