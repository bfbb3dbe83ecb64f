"""Which day it is somewhere, and when that day ends there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import tzdata

_SECOND = timedelta(seconds=1)


@cache
def zones() -> frozenset[str]:
    """Every IANA time zone, such as `Europe/Malta`.

    They are those of the `tzdata` package, never the machine's own, so that all processes know the same.
    """
    return frozenset(files(tzdata).joinpath("zones").read_text(encoding="utf-8").split())


@cache
def zone(name: str) -> ZoneInfo:
    """The time zone of that name. Raises ValueError if there is none."""
    if name not in zones():
        raise ValueError(f"unknown time zone {name!r}; take an IANA name such as Europe/Malta")
    with files(tzdata).joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def day_of(now: datetime, timezone: str) -> str:
    """The calendar day there.

    Args:
        now: an instant; must be aware.
        timezone: an IANA name.

    Returns:
        The day as 2026-11-21, so that a later day is also the greater text.

    Raises:
        ValueError: there is no such zone.
    """
    return now.astimezone(zone(timezone)).date().isoformat()


def ends_at(day: str, timezone: str) -> datetime:
    """The last whole second of that day there, in UTC.

    Where clocks are put forward at midnight, the day ends when they are.

    Args:
        day: as 2026-11-21.
        timezone: an IANA name.

    Raises:
        ValueError: that is no day, or there is no such zone.
    """
    after = date.fromisoformat(day) + timedelta(days=1)
    return datetime.combine(after, time(), zone(timezone)).astimezone(UTC) - _SECOND
