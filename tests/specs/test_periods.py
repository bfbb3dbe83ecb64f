"""Which day it is somewhere, and when that day ends there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.periods import day_of, ends_at, zone, zones

SECOND = timedelta(seconds=1)
SOME_ZONES = ("UTC", "Pacific/Auckland", "America/Los_Angeles", "Europe/Malta", "Asia/Kolkata", "Australia/Lord_Howe")


def utc(*figures: int) -> datetime:
    return datetime(*figures, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("now", "where", "day", "end"),
    [
        # the document's own example
        (utc(2023, 12, 1, 9), "UTC", "2023-12-01", utc(2023, 12, 1, 23, 59, 59)),
        (utc(2026, 11, 21, 12), "Pacific/Auckland", "2026-11-22", utc(2026, 11, 22, 10, 59, 59)),
        (utc(2026, 11, 21, 7), "America/Los_Angeles", "2026-11-20", utc(2026, 11, 21, 7, 59, 59)),
        # days of 23 and 25 hours
        (utc(2026, 3, 29, 12), "Europe/Malta", "2026-03-29", utc(2026, 3, 29, 21, 59, 59)),
        (utc(2026, 10, 25, 12), "Europe/Malta", "2026-10-25", utc(2026, 10, 25, 22, 59, 59)),
        # clocks that are put forward at midnight
        (utc(2018, 11, 3, 12), "America/Sao_Paulo", "2018-11-03", utc(2018, 11, 4, 2, 59, 59)),
        # a day that was left out
        (utc(2011, 12, 29, 12), "Pacific/Apia", "2011-12-29", utc(2011, 12, 30, 9, 59, 59)),
    ],
)
def test_a_day_begins_and_ends_where_the_wheel_stands(now: datetime, where: str, day: str, end: datetime) -> None:
    assert day_of(now, where) == day
    assert ends_at(day, where) == end
    assert day_of(end, where) == day
    assert day_of(end + SECOND, where) > day


@for_all(st.integers(0, 2_000_000_000), st.sampled_from(SOME_ZONES))
def test_every_moment_is_in_a_day_that_ends_when_the_next_begins(moment: int, where: str) -> None:
    now = datetime.fromtimestamp(moment, UTC)
    day = day_of(now, where)
    end = ends_at(day, where)
    assert now < end + SECOND <= now + timedelta(hours=26)
    assert day_of(end, where) == day < day_of(end + SECOND, where)


def test_only_known_zones_have_days() -> None:
    assert "Europe/Malta" in zones()
    assert "Mars/Olympus" not in zones()
    with pytest.raises(ValueError, match="unknown time zone 'Mars/Olympus'"):
        day_of(utc(2026, 1, 1), "Mars/Olympus")
    with pytest.raises(ValueError, match="month"):
        ends_at("2026-13-01", "UTC")


def test_the_machines_own_zone_is_none_of_them() -> None:
    assert "localtime" not in zones()
    assert zone("Europe/Malta") is zone("Europe/Malta")
