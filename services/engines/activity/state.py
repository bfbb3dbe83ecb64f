"""What is remembered of a player's part in one activity: how often, what is open, what is being completed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from services.engines.promise import Promise, Unpromised, promised
from shared.ids import ActivityId, MessageId, PlayerId
from shared.messages.activity import Attempt
from shared.messages.activity_event import (
    ActivityCompleted,
    AttemptValidated,
    CompletionBegun,
    CompletionDenied,
    CompletionFact,
)
from shared.messages.activity_spec import Taken
from shared.messages.base import Event
from shared.messages.seed import SeedCommitted
from shared.streams import Stream, key_of

MOST_KEPT: Final = 32
"""Attempts of one player at one activity that would be open again if they were denied."""


@dataclass(frozen=True, slots=True)
class Part:
    """One player's part in one activity."""

    promise: Promise = field(default_factory=Unpromised)
    """Of the next spin's seed."""
    open: tuple[Attempt, ...] = ()
    """What they came to is known, and they can be completed; the first is the next."""
    kept: tuple[Attempt, ...] = ()
    """They are being completed, and are open again if that is denied."""
    used: int = 0
    """Attempts that were completed."""
    busy: int = 0
    """Attempts that are being completed, the kept ones among them."""
    day: str = ""
    """The last day on which one was begun."""
    used_today: int = 0
    """Those of `used` that were begun on that day."""
    busy_today: int = 0
    """Those of `busy` that were begun on that day."""
    last_at: datetime | None = None
    """When the last was completed."""

    @property
    def taken(self) -> Taken:
        """How often the player has taken part, if everything that is being completed counts."""
        return Taken(self.used + self.busy, self.day, self.used_today + self.busy_today, self.last_at)

    def opened(self, attempt_id: MessageId) -> Attempt | None:
        """The open attempt of this name."""
        return next((one for one in self.open if one.attempt_id == attempt_id), None)


def part_of(player: PlayerId, activity: ActivityId) -> Stream[Part]:
    """The history of one player's part in one activity."""
    return Stream("activity", key_of(player, activity))


def evolve(part: Part, event: Event) -> Part:
    match event:
        case SeedCommitted():
            return replace(part, promise=promised(event))
        case AttemptValidated():
            return validated(part, event)
        case CompletionBegun():
            return begun(part, event)
        case CompletionDenied():
            back = tuple(one for one in part.kept if one.attempt_id == event.attempt_id)
            return replace(settled(part, event), open=(*part.open, *back))
        case ActivityCompleted():
            now = settled(part, event)
            return replace(now, used=event.used, used_today=event.today, last_at=event.completed_at)
        case _:
            return part


def validated(part: Part, event: AttemptValidated) -> Part:
    attempt = event.attempt
    if event.seed_number is not None:
        part = replace(part, promise=Unpromised(event.seed_number + 1))
    if part.opened(attempt.attempt_id) is None:
        return replace(part, open=(*part.open, attempt))
    return replace(part, open=tuple(attempt if one.attempt_id == attempt.attempt_id else one for one in part.open))


def begun(part: Part, event: CompletionBegun) -> Part:
    if event.day != part.day:
        part = replace(part, day=event.day, used_today=0, busy_today=0)
    kept = tuple(one for one in part.open if event.kept and one.attempt_id == event.attempt_id)
    return replace(
        part,
        open=tuple(one for one in part.open if one.attempt_id != event.attempt_id),
        kept=(*part.kept, *kept),
        busy=part.busy + 1,
        busy_today=part.busy_today + 1,
    )


def settled(part: Part, event: CompletionFact) -> Part:
    """It is not being completed any more, one way or the other."""
    kept = tuple(one for one in part.kept if one.attempt_id != event.attempt_id)
    today = part.busy_today - (event.day == part.day)
    return replace(part, kept=kept, busy=part.busy - 1, busy_today=today)
