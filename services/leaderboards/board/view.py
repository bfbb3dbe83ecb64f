"""Every board as it stands, where in the log the last fact about it is, and how it ended."""

from __future__ import annotations

from shared.ids import user_id_of
from shared.messages.attempt import AttemptFinished, AttemptProgressed, AttemptStarted
from shared.messages.board import BoardClosing, BoardFinalized, BoardPlaced
from shared.messages.lobby import BotsProgressed
from shared.messages.season import BoardScored
from shared.shapes import Append, Place, Put, RankView, View

Moved = AttemptStarted | AttemptProgressed | BotsProgressed | BoardScored


def moves(event: Moved) -> bool:
    """Whether a fact changes anything on its board: a better score, or somebody who is new there."""
    match event:
        case AttemptStarted():
            return event.first
        case AttemptProgressed() | BoardScored():
            return event.improved
        case BotsProgressed():
            return bool(event.entries)


def standing(event: Moved, place: Place) -> tuple[Put, ...]:
    if not moves(event):
        return ()
    match event:
        case AttemptStarted(attempt=attempt) | AttemptProgressed(attempt=attempt):
            key = (attempt.board_id, user_id_of(place.tenant, attempt.player))
            return (Put(key, ("player", attempt.player, event.best, place.pos)),)
        case BotsProgressed(board_id=board, entries=bots):
            return tuple(Put((board, bot.bot), ("bot", bot.called, bot.score, place.pos)) for bot in bots)
        case BoardScored():
            return (Put((event.board_id, event.participant), ("player", event.player, event.score, place.pos)),)


def position(event: Moved, place: Place) -> tuple[Put, ...]:
    if not moves(event):
        return ()
    board = event.board_id if isinstance(event, BotsProgressed | BoardScored) else event.attempt.board_id
    return (Put((board,), (place.pos,)),)


def completed(event: AttemptProgressed | AttemptFinished, place: Place) -> tuple[Append, ...]:
    attempt = event.attempt
    if attempt.status != "completed":
        return ()
    return (Append((attempt.board_id, user_id_of(place.tenant, attempt.player)), (place.at,)),)


def final(event: BoardPlaced, place: Place) -> list[Append]:
    return [
        Append((event.board_id, one.rank), (one.participant, one.kind, one.player, one.score)) for one in event.entries
    ]


def ending(event: BoardClosing | BoardFinalized, place: Place) -> tuple[Put, ...]:
    match event:
        case BoardClosing():
            return (Put((event.board_id,), ("closing", None, event.participants)),)
        case BoardFinalized():
            return (Put((event.board_id,), ("finalized", place.at, event.participants)),)


entries = View(
    table="board_entries",
    mode="put",
    key={"board_id": "text", "participant": "text"},
    columns={"kind": "text", "player": "text", "score": "bigint", "reached_pos": "bigint"},
    events=(AttemptStarted, AttemptProgressed, BotsProgressed, BoardScored),
    rows=standing,
)

positions = View(
    table="board_positions",
    mode="put",
    key={"board_id": "text"},
    columns={"pos": "bigint"},
    events=(AttemptStarted, AttemptProgressed, BotsProgressed, BoardScored),
    rows=position,
)

completions = View(
    table="board_completions",
    mode="append",
    key={"board_id": "text", "participant": "text"},
    columns={"completed_at": "timestamptz"},
    events=(AttemptProgressed, AttemptFinished),
    rows=completed,
)

finals = View(
    table="final_entries",
    mode="append",
    key={"board_id": "text", "rank": "integer"},
    columns={"participant": "text", "kind": "text", "player": "text", "score": "bigint"},
    events=(BoardPlaced,),
    rows=final,
)

closings = View(
    table="board_closings",
    mode="put",
    key={"board_id": "text"},
    columns={"status": "text", "finalized_at": "timestamptz", "participants": "integer"},
    events=(BoardClosing, BoardFinalized),
    rows=ending,
)

ranks = RankView(entries=entries.table, positions=positions.table)
