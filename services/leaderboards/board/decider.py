"""A board whose window is over is made final once: every place is written down, and wins what the event's policy says.

Nothing on the board changes any more, so that its places can be read a page at a time. Only players above zero win,
or, where everybody who completes an attempt gets the same, who has completed one; bots keep their rank. A grant is
named after the board and its participant, so that it is given once. A shared pool is split in proportion to the scores,
rounded down, and the best player gets what that leaves over. The board is final when the ledger has answered for the
last grant.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from services.leaderboards.board.paying import entry_of, next_step, page_of, requests_of
from services.leaderboards.board.prizes import bundles_of
from services.leaderboards.board.state import Closing, Finalized, Running, Standing, board_of, spec_at, wins
from shared.messages.base import Event
from shared.messages.board import (
    MOST_STANDINGS,
    PAGE,
    BoardClosing,
    BoardCommand,
    BoardEvent,
    BoardFinalized,
    BoardGrantsMade,
    BoardPlaced,
    CloseBoard,
    CountGrants,
    FinalizeBoard,
    PayBoard,
)
from shared.shapes import Decider, Decision, Facts, Need, Outcome, Pending, States, Timer
from shared.streams import Stream

NOTHING: Final[Decision[Event]] = Decision((), reply=None)
ABOVE_ALL: Final = 2**63 - 1
"""A score that nobody has: the first page begins after it."""


def needs(command: BoardCommand, states: States, facts: Facts) -> Need | None:
    """How many are on the board and what they have together; then its pages; at last the best of what was written."""
    board_id, standing = command.board_id, states[board_of(command.event, command.board_id)]
    match command, standing:
        case CloseBoard(), Running():
            return Need("board_total", (board_id,))
        case PayBoard(after=None), Closing():
            return Need("board_page", (board_id, ABOVE_ALL, 0, "", PAGE))
        case PayBoard(after=after), Closing() if after is not None:
            return Need("board_page", (board_id, after.score, after.reached_pos, after.participant, PAGE))
        case FinalizeBoard(), Closing():
            return Need("board_best", (board_id, MOST_STANDINGS))
        case _:
            return None


def close(command: CloseBoard, standing: Standing, facts: Facts) -> Outcome[Event]:
    if not isinstance(standing, Running):
        return NOTHING
    ((participants, total),) = facts.rows
    closing = BoardClosing(
        event=command.event,
        board_id=command.board_id,
        definition_version=command.definition_version,
        participants=int(str(participants)),
        total=str(total),
        window_id=command.window_id,
        bundles=bundles_of(spec_at(command.event, command.definition_version, facts), facts.definitions),
    )
    page = PayBoard(event=command.event, board_id=command.board_id)
    return Pending((closing,), timers=next_step(page, facts))


def pay(command: PayBoard, standing: Standing, facts: Facts) -> Outcome[Event]:
    if not isinstance(standing, Closing) or not standing.more:
        return NOTHING
    page = page_of(command, standing, facts)
    timers = _end(command, _with(standing, page.placed), facts) if page.next is None else next_step(page.next, facts)
    return Pending((page.placed,), sends=requests_of(page, standing, facts), timers=timers)


def count_grants(command: CountGrants, standing: Standing, facts: Facts) -> Outcome[Event]:
    """Grants that people gave up are counted, too: they lie among the dead letters, and the board goes on."""
    made = BoardGrantsMade(
        event=command.event, board_id=command.board_id, rank=command.rank, made=command.answer.granted
    )
    return Decision((made,), reply=None, timers=_end(command, _with(standing, made), facts))


def finalize(command: FinalizeBoard, standing: Standing, facts: Facts) -> Outcome[Event]:
    if not isinstance(standing, Closing):
        return NOTHING
    best = tuple(map(entry_of, facts.rows))
    final = BoardFinalized(
        event=command.event, board_id=command.board_id, participants=standing.participants, standings=best
    )
    return Decision((final,), reply=None)


def _end(command: PayBoard | CountGrants, after: Closing, facts: Facts) -> tuple[Timer, ...]:
    if after.more or after.unpaid:
        return ()
    return next_step(FinalizeBoard(event=command.event, board_id=command.board_id), facts)


def streams(command: BoardCommand) -> tuple[Stream[Any], ...]:
    return (board_of(command.event, command.board_id),)


def decide(command: BoardCommand, states: States, facts: Facts) -> Outcome[Event]:
    standing = states[board_of(command.event, command.board_id)]
    match command:
        case CloseBoard():
            return close(command, standing, facts)
        case PayBoard():
            return pay(command, standing, facts)
        case CountGrants():
            return count_grants(command, standing, facts)
        case FinalizeBoard():
            return finalize(command, standing, facts)


def _with(standing: Standing, event: BoardPlaced | BoardGrantsMade) -> Closing:
    assert isinstance(standing, Closing), "places are made final while a board closes"
    match event:
        case BoardPlaced(entries=entries):
            return replace(
                standing,
                first=standing.first or next((entry for entry in entries if wins(entry)), None),
                given=standing.given + event.given,
                unpaid=standing.unpaid + event.owed,
                more=event.more,
            )
        case BoardGrantsMade():
            return replace(standing, unpaid=standing.unpaid - 1)


def evolve(standing: Standing, event: BoardEvent) -> Standing:
    match event:
        case BoardClosing():
            return Closing(event.definition_version, event.window_id, event.participants, event.total, event.bundles)
        case BoardPlaced() | BoardGrantsMade():
            return _with(standing, event)
        case BoardFinalized():
            return Finalized(event.participants)


decider: Decider[BoardCommand, Standing, BoardEvent] = Decider(
    noun="board",
    initial=Running(),
    situations=(Running, Closing, Finalized),
    commands=(CloseBoard, PayBoard, CountGrants, FinalizeBoard),
    events=(BoardClosing, BoardPlaced, BoardGrantsMade, BoardFinalized),
    streams=streams,
    decide=decide,
    evolve=evolve,
    asking=(CloseBoard, PayBoard, FinalizeBoard),
    needs=needs,
)
