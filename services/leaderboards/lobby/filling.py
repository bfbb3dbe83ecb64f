"""A lobby forms until it is full or its time is up; then it begins, with bots on the seats that are left or without."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.leaderboards.event.opening import version_at
from services.leaderboards.event.state import Course, Open
from shared.event_ids import lobby_board_of, lobby_id_of
from shared.ids import EventId
from shared.messages.base import Event
from shared.messages.event_spec import EventSpec, LobbyBoard
from shared.messages.lobby import Lobby, LobbyActivated, SeatBots, TimeOutLobby
from shared.shapes import Decision, Facts, Outcome, Timer


def joined_by_one_more(event: EventId, window: Open, board: LobbyBoard, facts: Facts) -> Lobby:
    """The lobby that is forming, with one more player in it."""
    number, joined = window.lobbies + 1, window.joined + 1
    lobby_id = lobby_id_of(facts.tenant, window.window_id, number)
    return Lobby(
        lobby_id=lobby_id,
        event=event,
        window_id=window.window_id,
        board_id=lobby_board_of(facts.tenant, window.window_id, lobby_id),
        number=number,
        status="forming",
        capacity=board.capacity,
        joined=joined,
        fill_by=_fill_by(board, facts.now) if joined == 1 else window.fill_by,
        ends_at=window.ends_at,
    )


def _fill_by(board: LobbyBoard, now: datetime) -> datetime | None:
    return None if board.strategy == "wait_full" else now + timedelta(seconds=board.fill_timeout_seconds)


def time_limit(lobby: Lobby, facts: Facts) -> tuple[Timer, ...]:
    """The clock of a lobby that has just begun to form."""
    if lobby.fill_by is None or lobby.joined > 1:
        return ()
    assert lobby.number is not None
    out = TimeOutLobby(event=lobby.event, window_id=lobby.window_id, lobby_id=lobby.lobby_id, number=lobby.number)
    return (Timer(f"lobby/{facts.tenant}/{lobby.event}/{lobby.lobby_id}", lobby.fill_by, lobby.event, out),)


def begun(lobby: Lobby, version: int, facts: Facts, *, bots: int = 0) -> tuple[LobbyActivated, tuple[Timer, ...]]:
    """It begins; the bots come at once, in a decision of their own."""
    active = lobby.model_copy(update={"status": "active", "bots": bots, "fill_by": None, "started_at": facts.now})
    activated = LobbyActivated(lobby=active, definition_version=version)
    if not bots:
        return activated, ()
    seat = SeatBots(
        event=lobby.event,
        lobby_id=lobby.lobby_id,
        board_id=lobby.board_id,
        definition_version=version,
        count=bots,
        ends_at=lobby.ends_at,
    )
    return activated, (Timer(f"bots/{facts.tenant}/{lobby.event}/{lobby.lobby_id}/seat", facts.now, lobby.event, seat),)


def time_out(command: TimeOutLobby, course: Course, facts: Facts) -> Outcome[Event]:
    """Time is up. A lobby that has begun meanwhile, or whose window is over, is left alone."""
    if not isinstance(course, Open) or course.window_id != command.window_id or facts.now >= course.ends_at:
        return Decision((), reply=None)
    if course.lobbies + 1 != command.number:
        return Decision((), reply=None)
    board = lobby_board_in(version_at(command.event, course.definition_version, facts).spec)
    bots = board.capacity - course.joined if board.strategy == "fill_with_bots" else 0
    forming = joined_by_one_more(command.event, course, board, facts)
    lobby = forming.model_copy(update={"joined": course.joined})
    activated, timers = begun(lobby, course.definition_version, facts, bots=bots)
    return Decision((activated,), reply=None, timers=timers)


def lobby_board_in(spec: EventSpec) -> LobbyBoard:
    """How the event's lobbies are. The event has some."""
    assert isinstance(spec.leaderboard, LobbyBoard), "only events with lobbies have lobbies that wait"
    return spec.leaderboard
