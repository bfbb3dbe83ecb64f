"""When an event is on: the window that a moment falls into, by a fixed span or by a calendar of local times.

Cron speaks of local times. One that clocks skip (02:30 when they go from 02:00 to 03:00) happens at the moment they
jump; one that they show twice happens the first time. So windows follow each other without gap and overlap, whatever
clocks do, and two that would begin at the same moment are one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple

from croniter import croniter

from shared.messages.event_spec import FixedWindow, RecurringWindows
from shared.periods import zone

MOST_KEPT: Final = 8_192
"""Minutes of calendars that are remembered as looked up."""
_MINUTE: Final = timedelta(minutes=1)


class Span(NamedTuple):
    """From one instant to just before another, in UTC."""

    starts_at: datetime
    ends_at: datetime


def window_at(windows: FixedWindow | RecurringWindows, now: datetime) -> Span | None:
    """The window that this moment falls into; None between windows.

    Args:
        windows: what the operator said.
        now: an instant; must be aware.

    Raises:
        croniter.CroniterError: the calendar has a day that comes less often than once in 50 years.
    """
    now = now.astimezone(UTC)
    match windows:
        case FixedWindow(starts_at=starts_at, ends_at=ends_at):
            span = Span(starts_at, ends_at)
        case RecurringWindows(cron=cron, timezone=timezone, duration_seconds=seconds):
            begun, next_ = _around(cron, timezone, now.replace(second=0, microsecond=0))
            longest = next_ if seconds is None else begun + timedelta(seconds=seconds)
            span = Span(begun, min(longest, next_))
    return span if span.starts_at <= now < span.ends_at else None


@lru_cache(maxsize=MOST_KEPT)
def _around(cron: str, timezone: str, minute: datetime) -> Span:
    """The last beginning that is not after this minute, and the first one after it."""
    there = zone(timezone)
    local = minute.astimezone(there)
    latest = local.replace(tzinfo=None)
    if local.fold:  # what clocks will show until the hour is over for the second time, they have shown before
        latest += local.replace(fold=0).utcoffset() - local.utcoffset()  # type: ignore[operator]
    occurrences = croniter(cron, latest + _MINUTE)
    begun: datetime = occurrences.get_prev(datetime)
    while _instant(begun, there) > minute:
        begun = occurrences.get_prev(datetime)
    after: datetime = occurrences.get_next(datetime)
    return Span(_instant(begun, there), _instant(after, there))


def _instant(local: datetime, there: tzinfo) -> datetime:
    """When clocks there show this for the first time; if they never do, when they jump over it."""
    known = local.replace(tzinfo=there)
    instant = known.astimezone(UTC)
    if instant.astimezone(there).replace(tzinfo=None) == local:
        return instant
    # Skipped: with the offset after the jump it lies before it, with the one before it lies after it.
    return _jump(known.replace(fold=1).astimezone(UTC), instant, there)


def _jump(before: datetime, after: datetime, there: tzinfo) -> datetime:
    """The whole minute between the two at which the offset changes."""
    offset = before.astimezone(there).utcoffset()
    while after - before > _MINUTE:
        middle = before + (after - before) // (2 * _MINUTE) * _MINUTE
        if middle.astimezone(there).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
