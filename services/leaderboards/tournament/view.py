"""The standings of every tournament, what its places won, and how far it has come."""

from __future__ import annotations

from shared.messages.tournament import TournamentBegun, TournamentClosed, TournamentClosing, TournamentPlaced
from shared.messages.tournament_score import TournamentScored
from shared.shapes import Append, Place, Put, View


def standing(event: TournamentScored, place: Place) -> tuple[Put, ...]:
    return (Put((event.tournament, event.player), (event.total, event.reached_at, event.reached_by)),)


def won(event: TournamentPlaced, place: Place) -> list[Append]:
    return [Append((event.tournament, one.rank), (one.player, one.amount)) for one in event.payouts]


def progress(event: TournamentBegun | TournamentClosing | TournamentClosed, place: Place) -> tuple[Put, ...]:
    match event:
        case TournamentBegun():
            status = "active"
        case TournamentClosing():
            status = "closing"
        case TournamentClosed():
            status = "completed"
    return (Put((event.tournament,), (status, event.definition_version)),)


scores = View(
    table="tournament_scores",
    mode="put",
    key={"tournament": "text", "player": "text"},
    columns={"micro_points": "bigint", "reached_at": "timestamptz", "reached_by": "text"},
    events=(TournamentScored,),
    rows=standing,
)

payouts = View(
    table="tournament_payouts",
    mode="append",
    key={"tournament": "text", "rank": "integer"},
    columns={"player": "text", "amount": "bigint"},
    events=(TournamentPlaced,),
    rows=won,
)

tournaments = View(
    table="tournaments",
    mode="put",
    key={"tournament": "text"},
    columns={"status": "text", "definition_version": "integer"},
    events=(TournamentBegun, TournamentClosing, TournamentClosed),
    rows=progress,
)
