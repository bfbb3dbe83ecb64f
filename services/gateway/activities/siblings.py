"""What the activities door tells participants of themselves: their points, their rewards, what they have done."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from services.gateway.activities.common import PREFIX, READ, TAGS, Visit, Visits, answers
from services.gateway.activities.entering import enter
from services.gateway.activities.routes import OK
from services.gateway.activities.told import (
    MOST_SHOWN,
    ActivityLog,
    LogEntry,
    LogQuery,
    PageBody,
    ParticipantState,
    PointsBalance,
    PointsTransaction,
    PointsTransactions,
    RewardShown,
    RewardsShown,
)
from shared.ids import EngagementId

router = APIRouter(prefix=PREFIX, tags=list(TAGS))


@router.post("/points/balance", response_model=PointsBalance, responses=answers(OK, *READ, 409, 413, 504))
async def show_points(here: Visits, body: Visit) -> PointsBalance:
    """How many points there are to spend, and how many were ever earned."""
    visitor = await enter(here, body.session_id, body.engagement_id)
    spec, tenant, player = visitor.engagement.spec, visitor.tenant, visitor.participant
    earned = await here.town.points.earned(tenant, player, spec.points_asset)
    wallet = await here.town.ledger.wallet(tenant, player)
    return PointsBalance(
        available_points=next((row.balance for row in wallet if row.asset == spec.points_asset), 0),
        total_points=earned.total,
        currency_name=spec.points_name,
        last_earned_at=earned.last_at,
    )


@router.post("/points/transactions", response_model=PointsTransactions, responses=answers(OK, *READ, 409, 413, 504))
async def list_transactions(here: Visits, body: PageBody) -> PointsTransactions:
    """What points came and went, newest first."""
    visitor = await enter(here, body.session_id, body.engagement_id)
    asset, points = visitor.engagement.spec.points_asset, here.town.points
    rows = await points.transactions(visitor.tenant, visitor.participant, asset, body.limit, body.offset)
    return PointsTransactions(transactions=[PointsTransaction.of(row) for row in rows])


@router.get("/public/rewards/claimed", response_model=RewardsShown, responses=answers(OK, *READ, 504))
async def list_rewards(here: Visits, query: Annotated[Visit, Query()]) -> RewardsShown:
    """The participant's rewards in this engagement, newest first."""
    visitor = await enter(here, query.session_id, query.engagement_id)
    rows = await here.town.activities.claimed(
        visitor.tenant, visitor.participant, EngagementId(query.engagement_id), MOST_SHOWN
    )
    return RewardsShown(rewards=[RewardShown.of(row) for row in rows])


@router.get("/runtime/participant/state", response_model=ParticipantState, responses=answers(OK, *READ, 504))
async def show_state(here: Visits, query: Annotated[Visit, Query()]) -> ParticipantState:
    """Which activities of the engagement the participant has completed."""
    visitor = await enter(here, query.session_id, query.engagement_id)
    rows = await here.town.activities.completed(visitor.tenant, visitor.participant, EngagementId(query.engagement_id))
    return ParticipantState(
        session_id=query.session_id,
        engagement_id=query.engagement_id,
        completed_activities=[row.activity for row in rows],
        first_seen_at=visitor.since,
        last_seen_at=max([visitor.since, *(row.last_at for row in rows)]),
    )


@router.get("/public/activity-log", response_model=ActivityLog, responses=answers(OK, *READ, 504))
async def show_log(here: Visits, query: Annotated[LogQuery, Query()]) -> ActivityLog:
    """What the participant has completed in this engagement: the newest ones, in the order they happened."""
    visitor = await enter(here, query.session_id, query.engagement_id)
    rows = await here.town.activities.log(
        visitor.tenant, visitor.participant, EngagementId(query.engagement_id), query.limit
    )
    return ActivityLog(activities=[LogEntry.of(row) for row in reversed(rows)])
