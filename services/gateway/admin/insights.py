"""What the admin door tells operators of how much was bet and won."""

from __future__ import annotations

from collections.abc import Sized
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Query

from services.gateway.admin.here import READ, TENANT, Admin, checked
from services.gateway.admin.insights_wire import (
    ByDay,
    ByGame,
    ByHour,
    ByMinute,
    DayShown,
    GameShown,
    HourShown,
    Insights,
    InsightsQuery,
    MinuteShown,
)
from services.gateway.admin.wire import AdminErrorBody
from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.route import refusals
from shared.ids import TenantId
from shared.readmodels.insights import Period, PeriodRow

Rows = TypeVar("Rows", bound=Sized)

MOST_ROWS: Final = 1_000

router = APIRouter(prefix="/admin/v1", tags=["insights"], dependencies=[TENANT])


@router.get("/insights", response_model=Insights, responses=refusals(AdminErrorBody, *READ))
async def show_insights(here: Admin, query: Annotated[InsightsQuery, Query()]) -> Insights:
    """Bets, stake, payout, GGR, RTP and active players of a stretch of time, for each currency."""
    tenant = await checked(here)
    asked: dict[str, Any] = {"start": query.start, "end": query.end}
    match query.by:
        case "game":
            games = _within(await here.town.insights.by_game(tenant, query.start, query.end, MOST_ROWS + 1))
            return ByGame(**asked, rows=[GameShown.of(row.figures, game=row.game) for row in games])
        case "day":
            days = await _by_time(here, tenant, query, "day")
            return ByDay(**asked, rows=[DayShown.of(row.figures, day=row.start.date()) for row in days])
        case "hour":
            hours = await _by_time(here, tenant, query, "hour")
            return ByHour(**asked, rows=[HourShown.of(row.figures, hour=row.start) for row in hours])
        case "minute":
            minutes = await _by_time(here, tenant, query, "minute")
            return ByMinute(**asked, rows=[MinuteShown.of(row.figures, minute=row.start) for row in minutes])


async def _by_time(here: Here, tenant: TenantId, query: InsightsQuery, period: Period) -> list[PeriodRow]:
    return _within(await here.town.insights.by_time(tenant, query.start, query.end, period, MOST_ROWS + 1))


def _within(rows: Rows) -> Rows:
    if len(rows) > MOST_ROWS:
        text = f"more than {MOST_ROWS:,} rows; ask for less time at once, or for longer stretches by `by`"
        raise Problem("invalid", text, path="by")
    return rows
