"""A player wants to begin: a place is kept, the ledger is asked to let the player in and to take the cost.

Only then the attempt begins, or the player waits in a lobby. What cannot be refused any more happens last, so that
nobody pays for an attempt that does not begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from services.leaderboards.entrant.state import MOST_UNDER_WAY, Entrant, Reserved, entrant_of
from services.leaderboards.event.opening import Terms, terms_of
from services.leaderboards.event.state import Course, Open, course_of
from shared.event_ids import lobby_id_of
from shared.ids import EventId, LobbyId, MessageId, PlayerId
from shared.messages.attempt import AttemptRequested
from shared.messages.base import Event, FollowUp
from shared.messages.entry import Cost, TakeEntry
from shared.messages.event import AdmitAttempt, StartAnswer, StartAttempt
from shared.messages.event_spec import EventSpec, LobbyBoard, SegmentedBoard
from shared.messages.lobby import Context, JoinLobby, LobbyForming
from shared.periods import day_of
from shared.shapes import Decision, Facts, Outcome, Pending, Refused, Send, States

NO_SEGMENT: Final = "default"
"""The segment of players of whom the game does not say in which one they are."""
LONGEST_SEGMENT: Final = 128


def start(command: StartAttempt, states: States, facts: Facts) -> Outcome[Event]:
    course, entrant = states[course_of(command.event)], states[entrant_of(command.event, command.player)]
    terms = terms_of(command.event, course, facts)
    if isinstance(terms, Refused):
        return terms
    spec, window = terms.definition.spec, terms.window
    day = day_of(facts.now, spec.windows.timezone)
    refused = used_up(entrant, spec, window.window_id, day)
    if refused is not None:
        return refused
    board = spec.leaderboard
    if isinstance(board, LobbyBoard):
        waiting = forming(entrant, window, board, facts)
        if waiting is not None:
            return Decision((), reply=waiting)
    place = Reserved(facts.command_id, window.window_id, day)
    then = _next_step(command, entrant, terms, place)
    costs = then.costs if isinstance(then, AdmitAttempt) else ()
    enter = entering(command.event, command.player, spec, costs, entrant.attempts, then=then)
    return Pending((*terms.opened, asked(command.event, command.player, place)), sends=(enter,), timers=terms.timers)


def asked(event: EventId, player: PlayerId, place: Reserved) -> AttemptRequested:
    """The place is kept."""
    return AttemptRequested(event=event, player=player, **_fields(place))


def _fields(place: Reserved) -> dict[str, Any]:
    return {"start_id": place.start_id, "window_id": place.window_id, "day": place.day}


def _next_step(command: StartAttempt, entrant: Entrant, terms: Terms, place: Reserved) -> AdmitAttempt | JoinLobby:
    """Somebody without a seat in a lobby joins one, which costs nothing; everybody else plays."""
    spec = terms.definition.spec
    if isinstance(spec.leaderboard, LobbyBoard) and seat_in(entrant, terms.window) is None:
        return JoinLobby(player=command.player, event=command.event, **_fields(place))
    segment = segment_of(spec.leaderboard, command.context) if isinstance(spec.leaderboard, SegmentedBoard) else None
    return admission(command.event, command.player, place, spec, segment)


def admission(
    event: EventId, player: PlayerId, place: Reserved, spec: EventSpec, segment: str | None = None
) -> AdmitAttempt:
    """How it goes on once the ledger has let the player in."""
    return AdmitAttempt(event=event, player=player, **_fields(place), segment=segment, costs=spec.costs)


def entering(
    event: EventId, player: PlayerId, spec: EventSpec, costs: Sequence[Cost], attempts: int, then: FollowUp
) -> Send:
    """The ledger is asked every time: it also knows who is banned."""
    enter = TakeEntry(
        player=player, event=event, requirement=spec.entry_requirement, costs=tuple(costs), attempts=attempts
    )
    return Send("ledger", player, enter, then=then)


def used_up(entrant: Entrant, spec: EventSpec, window_id: str, day: str) -> Refused | None:
    """The refusal of a player who has begun as often as is allowed; starts under way count."""
    in_window = entrant.in_window if entrant.window_id == window_id else 0
    in_window += sum(place.window_id == window_id for place in entrant.reserved)
    if spec.max_attempts_per_window is not None and in_window >= spec.max_attempts_per_window:
        return Refused("max_attempts_reached", {"max_attempts": spec.max_attempts_per_window})
    in_day = (entrant.in_day if day <= entrant.day else 0) + sum(place.day >= day for place in entrant.reserved)
    if spec.max_attempts_per_day is not None and in_day >= spec.max_attempts_per_day:
        return Refused("max_daily_attempts_reached", {"max_attempts": spec.max_attempts_per_day})
    if len(entrant.reserved) >= MOST_UNDER_WAY:
        return Refused("too_many_starts")
    return None


def segment_of(board: SegmentedBoard, context: Context) -> str:
    """What the game says of the player, as text."""
    value = context.get(board.segment_by, NO_SEGMENT)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text[:LONGEST_SEGMENT] or NO_SEGMENT


def seat_in(entrant: Entrant, window: Open) -> int | None:
    """The number of the player's lobby in this window, 0 for one that a game's own server made; None without a seat."""
    seat = entrant.seat
    return None if seat is None or seat.window_id != window.window_id else seat.number or 0


def forming(entrant: Entrant, window: Open, board: LobbyBoard, facts: Facts) -> StartAnswer | None:
    """The answer to a player whose lobby has not begun; None if it has, or there is none."""
    number = seat_in(entrant, window)
    if number is None or number <= window.lobbies:
        return None
    return waits(lobby_id_of(facts.tenant, window.window_id, number), window.joined, board.capacity, window)


def waits(lobby_id: LobbyId, joined: int, capacity: int, window: Open) -> StartAnswer:
    waiting = LobbyForming(lobby_id=lobby_id, joined=joined, capacity=capacity)
    return StartAnswer(lobby=waiting, window_ends_at=window.ends_at)


def open_window(course: Course, place: Reserved, facts: Facts) -> Open | None:
    """The window that a start was begun in, unless it has closed meanwhile."""
    on = isinstance(course, Open) and course.window_id == place.window_id and facts.now < course.ends_at
    return course if on and isinstance(course, Open) else None


def place_of(command: AdmitAttempt | JoinLobby) -> Reserved:
    """The place that was kept for this start."""
    return Reserved(MessageId(command.start_id), command.window_id, command.day)
