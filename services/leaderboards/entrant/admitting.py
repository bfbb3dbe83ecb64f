"""The ledger has let a player in, and the attempt begins on its board; or it has not, and the place is free again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from services.leaderboards.entrant.attempts import Whose, finished
from services.leaderboards.entrant.starting import open_window, place_of
from services.leaderboards.entrant.state import MOST_IN_PROGRESS, Entrant, Reserved, entrant_of
from services.leaderboards.event.opening import version_at
from services.leaderboards.event.state import Open, course_of
from shared.event_ids import attempt_id_of, global_board_of, group_board_of, segment_board_of
from shared.ids import BoardId, EventId, LobbyId, PlayerId
from shared.messages.attempt import Attempt, AttemptDenied, AttemptFinished, AttemptStarted
from shared.messages.base import Event
from shared.messages.entry import RefundEntry
from shared.messages.event import AdmitAttempt, GroupJoined, StartAnswer, TellDenied
from shared.messages.event_spec import EventSpec, GlobalBoard, GroupedBoard, LobbyBoard, SegmentedBoard
from shared.messages.lobby import JoinLobby
from shared.shapes import Decision, Definition, Facts, Outcome, Pending, Refused, Send, States

CLOSED: Final = "no_active_window"


def admit(command: AdmitAttempt, states: States, facts: Facts) -> Outcome[Event]:
    if not command.answer.granted:
        return denied(command, command.answer.code or "refused", command.answer.details, facts)
    place, entrant = place_of(command), states[entrant_of(command.event, command.player)]
    window = open_window(states[course_of(command.event)], place, facts)
    if window is None:
        return _given_back(command, facts) if command.costs else denied(command, CLOSED, {}, facts)
    definition = version_at(command.event, window.definition_version, facts)
    start = Start(command.event, command.player, place, window, definition, command.segment)
    events = begun(start, entrant, facts)
    return Decision(events, reply=started(events), finishes=facts.wish)


def denied(command: AdmitAttempt | JoinLobby, code: str, details: Mapping[str, Any], facts: Facts) -> Decision[Event]:
    """The place is free again, and the player is told why."""
    return Decision((_denied(command, code),), reply=Refused(code, details), finishes=facts.wish)


def _denied(command: AdmitAttempt | JoinLobby, code: str) -> AttemptDenied:
    return AttemptDenied(event=command.event, player=command.player, start_id=command.start_id, code=code)


def _given_back(command: AdmitAttempt, facts: Facts) -> Pending[Event]:
    """What was taken is given back before the player is told."""
    back = RefundEntry(player=command.player, costs=command.costs, reason=f"event {command.event} {CLOSED}")
    then = TellDenied(player=command.player, event=command.event, code=CLOSED)
    return Pending((_denied(command, CLOSED),), sends=(Send("ledger", command.player, back, then=then),))


def tell_denied(command: TellDenied, facts: Facts) -> Outcome[Event]:
    """A refund that people gave up lies among the dead letters; the player is told all the same."""
    return Decision((), reply=Refused(command.code), finishes=facts.wish)


class Start(NamedTuple):
    """An attempt that is about to begin."""

    event: EventId
    player: PlayerId
    place: Reserved
    window: Open
    definition: Definition[EventSpec]
    segment: str | None = None


class _Board(NamedTuple):
    """Where the attempt is counted."""

    board_id: BoardId
    segment: str | None = None
    group: int | None = None
    lobby_id: LobbyId | None = None


def begun(start: Start, entrant: Entrant, facts: Facts) -> tuple[Event, ...]:
    """The attempt begins; whatever is in the way of it ends."""
    board, joined = _board_of(start, entrant, facts)
    first = entrant.window_id != start.window.window_id or entrant.board_id != board.board_id
    spec, number = start.definition.spec, entrant.attempts + 1
    attempt = Attempt(
        attempt_id=attempt_id_of(facts.tenant, start.event, start.player, number),
        event=start.event,
        window_id=start.window.window_id,
        board_id=board.board_id,
        player=start.player,
        number=number,
        started_at=facts.now,
        ends_at=start.window.ends_at,
        metrics={metric.key: 0 for metric in spec.metrics},
        metrics_raw={metric.key: 0 for metric in spec.metrics},
        score=0,
    )
    begins = AttemptStarted(
        attempt=attempt,
        start_id=start.place.start_id,
        day=start.place.day,
        definition_version=start.definition.version,
        mode=spec.leaderboard.mode,
        segment=board.segment,
        group=board.group,
        lobby_id=board.lobby_id,
        first=first,
        best=0 if first else entrant.best,
    )
    return (*_ended(start, entrant, board.board_id, facts), *joined, begins)


def started(events: tuple[Event, ...]) -> StartAnswer:
    """The answer to a start whose last fact is that the attempt has begun."""
    last = events[-1]
    assert isinstance(last, AttemptStarted), "an attempt has begun"
    return StartAnswer(attempt=last.attempt, window_ends_at=last.attempt.ends_at)


def _board_of(start: Start, entrant: Entrant, facts: Facts) -> tuple[_Board, tuple[GroupJoined, ...]]:
    """A player stays on one board for the window, unless a game's own server says otherwise."""
    window_id, board = start.window.window_id, start.definition.spec.leaderboard
    if isinstance(board, LobbyBoard):
        assert entrant.seat is not None, "whoever plays against a lobby has a seat in it"
        return _Board(entrant.seat.board_id, lobby_id=entrant.seat.lobby_id), ()
    if entrant.window_id == window_id and entrant.board_id is not None:
        return _Board(entrant.board_id), ()
    match board:
        case GlobalBoard():
            return _Board(global_board_of(facts.tenant, window_id)), ()
        case SegmentedBoard():
            segment = start.segment or ""
            return _Board(segment_board_of(facts.tenant, window_id, segment), segment=segment), ()
        case GroupedBoard(size=size):
            joined = _joined(start, size)
            return _Board(group_board_of(facts.tenant, window_id, joined.group), group=joined.group), (joined,)


def _joined(start: Start, size: int) -> GroupJoined:
    group, place = start.window.group, start.window.in_group + 1
    return GroupJoined(
        event=start.event,
        window_id=start.window.window_id,
        player=start.player,
        group=group,
        place=place,
        full=place >= size,
    )


def _ended(start: Start, entrant: Entrant, board_id: BoardId, facts: Facts) -> tuple[AttemptFinished, ...]:
    """What ends by force: the oldest attempt, if there are too many; all, if the player moves to another board."""
    if entrant.window_id != start.window.window_id:  # they ended with their window
        return ()
    moved, full = entrant.board_id != board_id, len(entrant.in_progress) >= MOST_IN_PROGRESS
    over = entrant.in_progress if moved else entrant.in_progress[:1] if full else ()
    whose = Whose(facts.tenant, start.event, start.player)
    return tuple(finished(one, entrant, start.definition.spec, whose, "force_completed", facts.now) for one in over)
