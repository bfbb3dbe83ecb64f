"""What is known of one player in one event: attempts in progress, how many there were, and where they play."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shared.ids import BoardId, EventId, LobbyId, MessageId, PlayerId
from shared.messages.attempt import (
    AttemptDenied,
    AttemptFinished,
    AttemptProgressed,
    AttemptRequested,
    AttemptStarted,
)
from shared.messages.lobby import LobbySeatTaken
from shared.streams import Stream, key_of

MOST_IN_PROGRESS: Final = 10
"""Attempts of one player; the oldest ends when another begins."""
MOST_UNDER_WAY: Final = 10
"""Starts of one player that wait for the ledger."""


@dataclass(frozen=True, slots=True)
class InProgress:
    """One attempt that is not over."""

    number: int
    started_at: datetime
    raw: tuple[int, ...]
    """In millionths, in the order of the definition's metrics."""
    reached: int = 0
    """The milestones that have fired, a bit each."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A place that is kept for a start, until the ledger has answered."""

    start_id: MessageId
    window_id: str
    day: str


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the player plays in this window."""

    window_id: str
    lobby_id: LobbyId
    board_id: BoardId
    number: int | None
    """Of the lobby; None if a game's own server made it."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """All attempts in progress are of one window and on one board."""

    attempts: int = 0
    """That were ever begun; the number of the last."""
    window_id: str = ""
    """Of the last attempt, as all below."""
    in_window: int = 0
    """Attempts that were begun in it."""
    board_id: BoardId | None = None
    best: int = 0
    """The score on this board, in millionths."""
    definition_version: int = 0
    ends_at: datetime | None = None
    day: str = ""
    """The last day that counted; none comes a second time."""
    in_day: int = 0
    in_progress: tuple[InProgress, ...] = ()
    reserved: tuple[Reserved, ...] = ()
    seat: Seat | None = None


EntrantFact = AttemptRequested | AttemptDenied | AttemptStarted | AttemptProgressed | AttemptFinished | LobbySeatTaken


def entrant_of(event: EventId, player: PlayerId) -> Stream[Entrant]:
    """The history of one player in one event."""
    return Stream("entrant", key_of(event, player))


def evolve(entrant: Entrant, event: EntrantFact) -> Entrant:
    match event:
        case AttemptProgressed():
            return _progressed(entrant, event)
        case AttemptRequested():
            place = Reserved(event.start_id, event.window_id, event.day)
            return replace(entrant, reserved=(*_without(entrant, event.start_id), place))
        case AttemptDenied():
            return replace(entrant, reserved=_without(entrant, event.start_id))
        case AttemptStarted():
            return _started(entrant, event)
        case AttemptFinished():
            return replace(entrant, in_progress=_others(entrant, event.attempt.number))
        case LobbySeatTaken():
            seat = Seat(event.window_id, event.lobby_id, event.board_id, event.number)
            return replace(entrant, seat=seat, reserved=_without(entrant, event.start_id))


def _started(entrant: Entrant, event: AttemptStarted) -> Entrant:
    attempt = event.attempt
    same_window = entrant.window_id == attempt.window_id
    later_day, same_day = event.day > entrant.day, event.day == entrant.day
    begun = InProgress(attempt.number, attempt.started_at, tuple(attempt.metrics_raw.values()))
    return replace(
        entrant,
        attempts=attempt.number,
        window_id=attempt.window_id,
        in_window=(entrant.in_window if same_window else 0) + 1,
        board_id=attempt.board_id,
        best=event.best,
        definition_version=event.definition_version,
        ends_at=attempt.ends_at,
        day=event.day if later_day else entrant.day,
        in_day=1 if later_day else entrant.in_day + same_day,
        in_progress=(*(entrant.in_progress if same_window else ()), begun),
        reserved=_without(entrant, event.start_id),
    )


def _progressed(entrant: Entrant, event: AttemptProgressed) -> Entrant:
    attempt = event.attempt
    if attempt.status != "in_progress":
        return replace(entrant, best=event.best, in_progress=_others(entrant, attempt.number))
    now = InProgress(attempt.number, attempt.started_at, tuple(attempt.metrics_raw.values()), event.reached)
    on = tuple(now if one.number == now.number else one for one in entrant.in_progress)
    return replace(entrant, best=event.best, in_progress=on)


def _others(entrant: Entrant, number: int) -> tuple[InProgress, ...]:
    return tuple(one for one in entrant.in_progress if one.number != number)


def _without(entrant: Entrant, start_id: MessageId | None) -> tuple[Reserved, ...]:
    return tuple(one for one in entrant.reserved if one.start_id != start_id)
