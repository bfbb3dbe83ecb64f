"""Everything that can be said about one attempt of an event: how far it has come, and what it gave."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, Field

from shared.ids import AttemptId, BoardId, EventId, LobbyId, MessageId, PlayerId
from shared.messages.base import Command, Event, FollowUp, Message, Reply
from shared.messages.event_spec import LARGEST_MICROS, MOST_METRICS, Mode
from shared.messages.grant import Grant
from shared.streams import Stream, key_of

AttemptStatus = Literal["in_progress", "completed", "expired", "force_completed"]
"""In the log an attempt stays `in_progress` when its time runs out; readers call it `expired` from then on."""
Outcome = Literal["completed", "expired"]
Micros = Annotated[int, Field(ge=-LARGEST_MICROS, le=LARGEST_MICROS)]
"""In millionths."""


class Attempt(Message):
    """One attempt, as it stands."""

    attempt_id: AttemptId
    event: EventId
    window_id: str
    board_id: BoardId
    player: PlayerId
    number: int
    """Which of the player's attempts of this event it is, from 1, over all windows."""
    started_at: AwareDatetime
    ends_at: AwareDatetime
    """When its window ends."""
    completed_at: AwareDatetime | None = None
    metrics: dict[str, int]
    """In millionths, as they count for the score: at most their caps."""
    metrics_raw: dict[str, int]
    """In millionths, as they were reported."""
    score: int
    """In millionths."""
    status: AttemptStatus = "in_progress"


class AttemptCommand(Command):
    """A wish about one attempt."""

    player: PlayerId
    event: EventId
    attempt_id: AttemptId


class ProgressAttempt(AttemptCommand, wire="attempt.progress"):
    """An attempt has come further.

    Refused if there is none, it is over, a metric is unknown or none is named, or numbers become too large.
    """

    mode: Literal["set", "increment"]
    value: Micros | None = None
    """Of the event's first metric, in millionths."""
    metrics: dict[str, Micros] | None = Field(default=None, max_length=MOST_METRICS)
    """In millionths, by key."""
    occurred_at: AwareDatetime | None = None
    """When the game says that it happened; kept, and counts for nothing."""


class FinishAttempt(AttemptCommand, wire="attempt.finish"):
    """The player is done with an attempt. Refused if there is none, or it is over."""


class FiredMilestone(Message):
    """A milestone and the ids of what it gave."""

    key: str
    grant_ids: tuple[str, ...] = ()


class TellProgress(FollowUp, wire="attempt.tell_progress"):
    """The ledger has taken down what the milestones gave; the player is told."""

    player: PlayerId
    event: EventId
    attempt: Attempt
    fired: tuple[FiredMilestone, ...]


class MilestoneFired(Message):
    """A milestone that was reached just now, and what it gave."""

    key: str
    grants: tuple[Grant, ...] = ()


class ProgressAnswer(Reply):
    """The attempt after the progress, and the milestones that it has reached."""

    attempt: Attempt
    milestones: tuple[MilestoneFired, ...] = ()


class FinishAnswer(Reply):
    """The attempt, which is over."""

    attempt: Attempt
    outcome: Outcome
    """`expired` if a target was missed."""


class EntrantEvent(Event):
    """A fact about what one player does in one event."""

    event: EventId
    player: PlayerId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("entrant", key_of(self.event, self.player))


class AttemptRequested(EntrantEvent, wire="attempt.requested"):
    """The place of an attempt is kept; the ledger is asked whether the player may enter."""

    start_id: MessageId
    window_id: str
    day: str
    """That it counts for, in the event's time zone, as 2026-11-21."""


class AttemptDenied(EntrantEvent, wire="attempt.denied"):
    """The player may not enter, or the window closed meanwhile. The place is free again."""

    start_id: MessageId
    code: str


class AttemptEvent(Event):
    """A fact about one attempt, which it tells whole."""

    attempt: Attempt

    @property
    def stream(self) -> Stream[Any]:
        return Stream("entrant", key_of(self.attempt.event, self.attempt.player))


class AttemptStarted(AttemptEvent, wire="attempt.started"):
    """An attempt has begun, on this board."""

    start_id: MessageId
    day: str
    definition_version: int
    mode: Mode
    segment: str | None = None
    """Of the board, if it is one of a segment."""
    group: int | None = None
    """Of the board, if it is one of a group."""
    lobby_id: LobbyId | None = None
    """Of the board, if it is one of a lobby."""
    first: bool
    """Whether the player is new on the board, and stands there with 0 from now on."""
    best: int
    """The player's score on the board, in millionths."""


class AttemptProgressed(AttemptEvent, wire="attempt.progressed"):
    """An attempt has come further; if all targets are reached, it is completed."""

    mode: Literal["set", "increment"]
    best: int
    """The player's score on the board now: that of the best attempt, in millionths."""
    improved: bool
    """Whether that is more than before."""
    fired: tuple[str, ...] = ()
    """The milestones that were reached just now."""
    reached: int = 0
    """All milestones that this attempt has reached, a bit each, in the order of the definition."""
    occurred_at: AwareDatetime | None = None


class AttemptFinished(AttemptEvent, wire="attempt.finished"):
    """An attempt is over: the player was done with it, or has begun too many others, or plays on another board."""


_at = datetime.fromisoformat("2026-11-21T12:00:00Z")
ATTEMPT: Final = Attempt(
    attempt_id=AttemptId("2b1e3f60-6d0a-5c44-9d53-000000000001"),
    event=EventId("daily-run"),
    window_id="a50c0f4b-3a75-5d6e-8f4f-3f5c0e8b1d01",
    board_id=BoardId("0f2c7f9e-0c57-5f5c-9e0f-0d6a1a0c1f11"),
    player=PlayerId("rocket"),
    number=1,
    started_at=_at,
    ends_at=datetime.fromisoformat("2026-11-22T00:00:00Z"),
    metrics={"distance": 250_000_000},
    metrics_raw={"distance": 250_000_000},
    score=250_000_000,
)
"""An example."""
_who: dict[str, Any] = {"player": "rocket", "event": "daily-run"}
_which: dict[str, Any] = {**_who, "attempt_id": ATTEMPT.attempt_id}
_start = MessageId("0192f0c1-0000-7000-8000-000000000006")
_over = ATTEMPT.model_copy(update={"status": "expired", "completed_at": _at})

SAMPLES = (
    ProgressAttempt(**_which, mode="increment", value=250_000_000),
    FinishAttempt(**_which),
    TellProgress(**_who, attempt=ATTEMPT, fired=(FiredMilestone(key="quarter"),)),
    ProgressAnswer(attempt=ATTEMPT, milestones=(MilestoneFired(key="quarter"),)),
    FinishAnswer(attempt=_over, outcome="expired"),
    AttemptRequested(**_who, start_id=_start, window_id=ATTEMPT.window_id, day="2026-11-21"),
    AttemptDenied(**_who, start_id=_start, code="entry_requirement_failed"),
    AttemptStarted(
        attempt=ATTEMPT, start_id=_start, day="2026-11-21", definition_version=1, mode="global", first=True, best=0
    ),
    AttemptProgressed(
        attempt=ATTEMPT, mode="increment", best=250_000_000, improved=True, fired=("quarter",), reached=1
    ),
    AttemptFinished(attempt=_over),
)
