"""When a board across events begins anew, and what the board of each of its periods is called."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from shared.ids import BoardId, SeasonId, TenantId, uuid_of
from shared.messages.season import BoardSpec, Period
from shared.periods import zone

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When the only period of a board began that never begins anew."""
_WEEK: Final = timedelta(days=7)
_LONGER_THAN_A_MONTH: Final = timedelta(days=32)


class SeasonPeriod(NamedTuple):
    """From when until when a board counts as one."""

    started_at: datetime
    ended_at: datetime | None
    """None: it never begins anew."""


def period_of(spec: BoardSpec, at: datetime) -> SeasonPeriod:
    """The period that this instant lies in; both ends in UTC."""
    if spec.period == "never":
        return SeasonPeriod(BEGINNING, None)
    first, next_ = _days(spec.period, at.astimezone(zone(spec.timezone)).date())
    return SeasonPeriod(_midnight(first, spec.timezone), _midnight(next_, spec.timezone))


def season_board_id(tenant: TenantId, board: SeasonId, started_at: datetime, segment: str | None) -> BoardId:
    """What the board of one period, and of one segment where there are such, is called."""
    names = (tenant, "season", board, started_at.astimezone(UTC).isoformat())
    return BoardId(uuid_of(*names) if segment is None else uuid_of(*names, segment))


def _days(period: Period, day: date) -> tuple[date, date]:
    """The first day of the period that holds this one, and of the next."""
    if period == "weekly":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + _WEEK
    first = day.replace(day=1)
    return first, (first + _LONGER_THAN_A_MONTH).replace(day=1)


def _midnight(day: date, timezone: str) -> datetime:
    return datetime.combine(day, time(), zone(timezone)).astimezone(UTC)
