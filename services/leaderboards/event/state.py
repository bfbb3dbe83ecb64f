"""Which window of an event is open, who comes next in its groups, and which lobby is forming."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.ids import EventId
from shared.messages.event import GroupJoined, WindowClosed, WindowOpened
from shared.messages.lobby import LobbyActivated, LobbyJoined
from shared.streams import Stream, key_of


@dataclass(frozen=True, slots=True)
class Shut:
    """No window is open."""

    last_starts_at: datetime | None = None
    """When the last one began; none begins again, and none before it."""


@dataclass(frozen=True, slots=True)
class Open:
    """Somebody has started: this holds until the window ends."""

    window_id: str
    definition_version: int
    starts_at: datetime
    ends_at: datetime
    group: int = 1
    """The group that the next player comes into."""
    in_group: int = 0
    lobbies: int = 0
    """How many lobbies have begun that players found together in; the next is forming."""
    joined: int = 0
    """Players who wait in the one that is forming."""
    fill_by: datetime | None = None


Course = Shut | Open
CourseFact = WindowOpened | WindowClosed | GroupJoined | LobbyJoined | LobbyActivated


def course_of(event: EventId) -> Stream[Course]:
    """The history of one event as a whole."""
    return Stream("event", key_of(event))


def evolve(course: Course, event: CourseFact) -> Course:
    match event:
        case WindowOpened():
            return Open(event.window_id, event.definition_version, event.starts_at, event.ends_at)
        case WindowClosed(window_id=window_id, starts_at=starts_at):
            # The next window may have been opened before this one was closed.
            return Shut(starts_at) if isinstance(course, Open) and course.window_id == window_id else course
        case GroupJoined() | LobbyJoined() | LobbyActivated():
            assert isinstance(course, Open), "groups and lobbies are of an open window"
            return _within(course, event)


def _within(window: Open, event: GroupJoined | LobbyJoined | LobbyActivated) -> Open:
    match event:
        case GroupJoined(group=group, place=place, full=full):
            return replace(window, group=group + full, in_group=0 if full else place)
        case LobbyJoined(lobby=lobby):
            return replace(window, joined=lobby.joined, fill_by=lobby.fill_by)
        case LobbyActivated(lobby=lobby):
            if lobby.number is None:  # a game's own server made it, beside those that form
                return window
            return replace(window, lobbies=lobby.number, joined=0, fill_by=None)
