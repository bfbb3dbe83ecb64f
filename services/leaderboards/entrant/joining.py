"""The ledger would let a player in, who now takes a seat in the lobby that is forming; the last one plays at once."""

from __future__ import annotations

from dataclasses import replace

from services.leaderboards.entrant.admitting import CLOSED, Start, begun, denied, started
from services.leaderboards.entrant.starting import (
    admission,
    asked,
    entering,
    forming,
    open_window,
    place_of,
    seat_in,
    waits,
)
from services.leaderboards.entrant.state import Entrant, Seat, entrant_of
from services.leaderboards.event.opening import version_at
from services.leaderboards.event.state import course_of
from services.leaderboards.lobby import filling
from shared.ids import MessageId
from shared.messages.base import Event
from shared.messages.lobby import JoinLobby, LobbyJoined, LobbySeatTaken
from shared.shapes import Decision, Facts, Outcome, Pending, States


def join(command: JoinLobby, states: States, facts: Facts) -> Outcome[Event]:
    if not command.answer.granted:
        return denied(command, command.answer.code or "refused", command.answer.details, facts)
    window = open_window(states[course_of(command.event)], place_of(command), facts)
    if window is None:
        return denied(command, CLOSED, {}, facts)
    definition = version_at(command.event, window.definition_version, facts)
    start = Start(command.event, command.player, place_of(command), window, definition)
    entrant = states[entrant_of(command.event, command.player)]
    if seat_in(entrant, window) is not None:
        return _seated_meanwhile(start, entrant, facts)
    return _seated(start, entrant, facts)


def _seated_meanwhile(start: Start, entrant: Entrant, facts: Facts) -> Outcome[Event]:
    """Another start of the same player was faster, or a game's own server."""
    assert entrant.seat is not None
    waiting = forming(entrant, start.window, filling.lobby_board_in(start.definition.spec), facts)
    if waiting is None:
        return _plays(start, entrant, (), facts)
    kept = _seat(start, entrant.seat, start.place.start_id)
    return Decision((kept,), reply=waiting, finishes=facts.wish)


def _seated(start: Start, entrant: Entrant, facts: Facts) -> Outcome[Event]:
    board, window = filling.lobby_board_in(start.definition.spec), start.window
    lobby = filling.joined_by_one_more(start.event, window, board, facts)
    seat = Seat(window.window_id, lobby.lobby_id, lobby.board_id, lobby.number)
    joined = LobbyJoined(lobby=lobby, player=start.player)
    if lobby.joined < board.capacity:
        taken = _seat(start, seat, start.place.start_id)
        answer = waits(lobby.lobby_id, lobby.joined, lobby.capacity, window)
        timers = filling.time_limit(lobby, facts)
        return Decision((joined, taken), reply=answer, timers=timers, finishes=facts.wish)
    activated, _ = filling.begun(lobby, start.definition.version, facts)
    events = (joined, _seat(start, seat, None), activated)
    return _plays(start, replace(entrant, seat=seat), events, facts)


def _seat(start: Start, seat: Seat, answers: MessageId | None) -> LobbySeatTaken:
    return LobbySeatTaken(
        event=start.event,
        player=start.player,
        window_id=seat.window_id,
        lobby_id=seat.lobby_id,
        board_id=seat.board_id,
        number=seat.number,
        start_id=answers,
    )


def _plays(start: Start, entrant: Entrant, before: tuple[Event, ...], facts: Facts) -> Outcome[Event]:
    """The lobby has begun. What an attempt costs is taken now; the place stays kept meanwhile."""
    spec = start.definition.spec
    if not spec.costs:
        events = (*before, *begun(start, entrant, facts))
        return Decision(events, reply=started(events), finishes=facts.wish)
    then = admission(start.event, start.player, start.place, spec)
    enter = entering(start.event, start.player, spec, spec.costs, entrant.attempts, then=then)
    return Pending((*before, asked(start.event, start.player, start.place)), sends=(enter,))
