"""Windows follow each other without gap and overlap, whatever clocks do, and begin when local clocks first say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as having
from hypothesis import strategies as some

from shared.messages.event_spec import FixedWindow, RecurringWindows
from shared.windows import Span, window_at

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}Z")


def window(cron: str, zone: str, now: str, seconds: int | None = None) -> Span | None:
    return window_at(RecurringWindows(cron=cron, timezone=zone, duration_seconds=seconds), at(now))


def test_a_fixed_window_is_on_from_its_first_instant_to_just_before_its_last() -> None:
    once = FixedWindow(starts_at=at("2026-11-21T09:00"), ends_at=at("2026-11-21T10:00"))
    span = Span(once.starts_at, once.ends_at)
    assert window_at(once, once.starts_at) == span
    assert window_at(once, once.ends_at - SECOND) == span
    assert window_at(once, once.starts_at - SECOND) is None
    assert window_at(once, once.ends_at) is None


NEW_YORK, MALTA, LORD_HOWE, APIA = "America/New_York", "Europe/Malta", "Australia/Lord_Howe", "Pacific/Apia"
# (cron, zone, now, from, until); clocks in New York go on at 2026-03-08T07:00Z and back at 2026-11-01T06:00Z
CALENDAR = [
    ("0 0 * * *", "UTC", "2026-11-21T12:00:30", "2026-11-21T00:00", "2026-11-22T00:00"),
    ("0 0 * * *", "UTC", "2026-11-21T00:00", "2026-11-21T00:00", "2026-11-22T00:00"),
    ("0 0 * * *", "UTC", "2026-11-20T23:59:59", "2026-11-20T00:00", "2026-11-21T00:00"),
    ("0 0 * * *", MALTA, "2026-11-21T12:00", "2026-11-20T23:00", "2026-11-21T23:00"),
    ("30 18 * * fri", MALTA, "2026-11-21T12:00", "2026-11-20T17:30", "2026-11-27T17:30"),
    ("0 0 L * *", "UTC", "2026-11-21T12:00", "2026-10-31T00:00", "2026-11-30T00:00"),
    ("0 0 29 2 *", "UTC", "2026-11-21T12:00", "2024-02-29T00:00", "2028-02-29T00:00"),
    # 02:30 is skipped: it happens when clocks jump from 02:00 to 03:00.
    ("30 2 * * *", NEW_YORK, "2026-03-08T06:59:59", "2026-03-07T07:30", "2026-03-08T07:00"),
    ("30 2 * * *", NEW_YORK, "2026-03-08T07:00", "2026-03-08T07:00", "2026-03-09T06:30"),
    # 02:00 and 02:30 are skipped, 03:00 is the same moment: one window.
    ("*/30 * * * *", NEW_YORK, "2026-03-08T06:59:59", "2026-03-08T06:30", "2026-03-08T07:00"),
    ("*/30 * * * *", NEW_YORK, "2026-03-08T07:00", "2026-03-08T07:00", "2026-03-08T07:30"),
    # 01:30 is shown twice: it happens the first time.
    ("30 1 * * *", NEW_YORK, "2026-11-01T05:29:59", "2026-10-31T05:30", "2026-11-01T05:30"),
    ("30 1 * * *", NEW_YORK, "2026-11-01T05:30", "2026-11-01T05:30", "2026-11-02T06:30"),
    ("30 1 * * *", NEW_YORK, "2026-11-01T06:30", "2026-11-01T05:30", "2026-11-02T06:30"),
    # In the hour that comes a second time, all of it has been before.
    ("0,30 * * * *", NEW_YORK, "2026-11-01T06:05", "2026-11-01T05:30", "2026-11-01T07:00"),
    ("0,30 * * * *", NEW_YORK, "2026-11-01T06:59:59", "2026-11-01T05:30", "2026-11-01T07:00"),
    ("0,30 * * * *", NEW_YORK, "2026-11-01T07:00", "2026-11-01T07:00", "2026-11-01T07:30"),
    # Half an hour, at both ends.
    ("15 2 * * *", LORD_HOWE, "2026-10-03T15:30", "2026-10-03T15:30", "2026-10-04T15:15"),
    ("45 1 * * *", LORD_HOWE, "2026-04-04T15:00", "2026-04-04T14:45", "2026-04-05T15:15"),
    # A whole day that there was not.
    ("0 12 * * *", APIA, "2011-12-30T10:00", "2011-12-30T10:00", "2011-12-30T22:00"),
    ("0 0 * * *", APIA, "2011-12-30T09:59:59", "2011-12-29T10:00", "2011-12-30T10:00"),
    ("0 0 * * *", APIA, "2011-12-30T10:00", "2011-12-30T10:00", "2011-12-31T10:00"),
]


@pytest.mark.parametrize(("cron", "zone", "now", "starts", "ends"), CALENDAR)
def test_a_calendar_speaks_of_local_times(cron: str, zone: str, now: str, starts: str, ends: str) -> None:
    assert window(cron, zone, now) == Span(at(starts), at(ends))


# (how many seconds, now, until when)
LASTING = [
    (3_600, "2026-11-21T09:00", "2026-11-21T10:00"),
    (3_600, "2026-11-21T09:59:59", "2026-11-21T10:00"),
    (3_600, "2026-11-21T10:00", None),
    (3_600, "2026-11-21T08:59:59", None),
    (90_000, "2026-11-21T08:59:59", "2026-11-21T09:00"),
    (None, "2026-11-21T08:59:59", "2026-11-21T09:00"),
]


@pytest.mark.parametrize(("seconds", "now", "ends"), LASTING)
def test_a_window_lasts_as_long_as_it_says_and_at_most_until_the_next(
    seconds: int | None, now: str, ends: str | None
) -> None:
    found = window("0 9 * * *", "UTC", now, seconds)
    assert (found and found.ends_at) == (ends and at(ends))


CRONS = ["0 0 * * *", "*/30 * * * *", "0 * * * *", "30 2 * * *", "15 1,2,3 * * *", "0 12 * * mon", "59 23 L * *"]
ZONES = ["UTC", NEW_YORK, MALTA, LORD_HOWE, "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Casablanca"]
YEARS = some.integers(0, 15 * 365 * 24 * 60).map(lambda minutes: datetime(2012, 1, 1, tzinfo=UTC) + minutes * MINUTE)


@having(some.sampled_from(CRONS), some.sampled_from(ZONES), YEARS)
def test_every_moment_is_in_one_window_which_touches_the_next(cron: str, zone: str, now: datetime) -> None:
    windows = RecurringWindows(cron=cron, timezone=zone)
    span = window_at(windows, now)
    assert span is not None
    assert span.starts_at <= now < span.ends_at
    assert window_at(windows, span.starts_at) == span
    assert window_at(windows, span.ends_at - SECOND) == span
    after, before = window_at(windows, span.ends_at), window_at(windows, span.starts_at - SECOND)
    assert after is not None
    assert before is not None
    assert (before.ends_at, after.starts_at) == (span.starts_at, span.ends_at)
