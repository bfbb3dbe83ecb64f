"""Everything that can be said about an event that players attempt: that somebody starts, and when it is on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from shared.ids import BoardId, EventId, MessageId, PlayerId
from shared.messages.attempt import ATTEMPT, Attempt
from shared.messages.base import Command, Event, FollowUp, Reply
from shared.messages.entry import Costs
from shared.messages.lobby import Context, LobbyForming
from shared.streams import Stream, key_of


class EventCommand(Command):
    """A wish about one event."""

    event: EventId


class StartAttempt(EventCommand, wire="event.start"):
    """A player begins an attempt, or waits in a lobby.

    Refused if there is no such event, it is disabled or not on, the attempts of the window or the day are used up, too
    many starts are under way, or the ledger does not let the player in.
    """

    player: PlayerId
    context: Context = Field(default_factory=dict)
    """What the game says of the player, such as a league."""


class AdmitAttempt(FollowUp, wire="event.admit"):
    """The ledger has said whether the player may enter, and has taken what it costs; if so, the attempt begins."""

    player: PlayerId
    event: EventId
    start_id: MessageId
    window_id: str
    day: str
    segment: str | None = None
    """Of the board, where there is one for each."""
    costs: Costs = ()
    """What was asked for, to be given back if the window has closed."""


class TellDenied(FollowUp, wire="event.tell_denied"):
    """What the entry cost is given back; the player is told why they are not in."""

    player: PlayerId
    event: EventId
    code: str


class CloseWindow(EventCommand, wire="event.close_window"):
    """A window is over: its boards are to be closed, a page at a time."""

    window_id: str
    definition_version: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    after: BoardId | None = None
    """The last board of the page before."""


class StartAnswer(Reply):
    """The attempt, which has begun; or the lobby, which the player waits in."""

    attempt: Attempt | None = None
    lobby: LobbyForming | None = None
    window_ends_at: AwareDatetime | None = None


class CourseEvent(Event):
    """A fact about an event as a whole."""

    event: EventId
    window_id: str

    @property
    def stream(self) -> Stream[Any]:
        return Stream("event", key_of(self.event))


class WindowOpened(CourseEvent, wire="event.window_opened"):
    """Somebody starts for the first time. This version of the definition holds until the window ends."""

    definition_version: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class WindowClosed(CourseEvent, wire="event.window_closed"):
    """Nothing counts any more; its boards are being closed."""

    definition_version: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class GroupJoined(CourseEvent, wire="event.group_joined"):
    """A player has the next place of a group."""

    player: PlayerId
    group: int
    """From 1."""
    place: int
    """Of the group, from 1."""
    full: bool
    """Whether it was the last; then the next player begins another group."""


_which: dict[str, Any] = {"event": "daily-run", "window_id": ATTEMPT.window_id}
_who: dict[str, Any] = {"event": "daily-run", "player": "rocket"}
_window: dict[str, Any] = {
    **_which,
    "definition_version": 1,
    "starts_at": datetime.fromisoformat("2026-11-21T00:00:00Z"),
    "ends_at": ATTEMPT.ends_at,
}

SAMPLES = (
    StartAttempt(**_who, context={"league": "gold"}),
    AdmitAttempt(
        **_who,
        start_id=MessageId("0192f0c1-0000-7000-8000-000000000006"),
        window_id=ATTEMPT.window_id,
        day="2026-11-21",
    ),
    TellDenied(**_who, code="no_active_window"),
    CloseWindow(**_window),
    StartAnswer(attempt=ATTEMPT, window_ends_at=ATTEMPT.ends_at),
    WindowOpened(**_window),
    WindowClosed(**_window),
    GroupJoined(**_which, player=PlayerId("rocket"), group=1, place=1, full=False),
)
