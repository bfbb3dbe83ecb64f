"""What the activities door tells participants of themselves, field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field

from services.gateway.activities.common import Visit
from services.gateway.activities.wire import AnyResult, result_of
from services.gateway.route import Shown
from shared.messages.action import Executed
from shared.messages.activity import activity_of
from shared.readmodels.activities import AttemptRow, ClaimedRow
from shared.readmodels.points import PointsRow

MOST_SHOWN: Final = 100
USUALLY_SHOWN: Final = 20
FARTHEST: Final = 10_000
"""How many transactions may be left out."""

Limit = Annotated[int, Field(ge=1, le=MOST_SHOWN)]


class PageBody(Visit):
    limit: Limit = USUALLY_SHOWN
    offset: Annotated[int, Field(ge=0, le=FARTHEST)] = 0


class LogQuery(Visit):
    limit: Limit = USUALLY_SHOWN


class PointsBalance(Shown):
    available_points: int
    total_points: int = Field(description="All that was ever earned, never reduced by spending.")
    currency_name: str
    last_earned_at: datetime | None


class PointsTransaction(Shown):
    id: str
    type: Literal["award", "redemption"]
    amount: int = Field(description="Negative on redemption.")
    reason: str
    activity_id: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: PointsRow) -> Self:
        return cls(
            id=row.id,
            type="award" if row.amount > 0 else "redemption",
            amount=row.amount,
            reason=row.reason,
            activity_id=activity_of(row.reason),
            created_at=row.at,
        )


class PointsTransactions(Shown):
    """Newest first."""

    transactions: list[PointsTransaction]


class RewardShown(Shown):
    reward_id: str
    name: str
    type: str
    code: str | None
    display_type: str
    claimed_at: datetime
    expires_at: datetime | None
    metadata: dict[str, str] = Field(description="`fact_id`: what the reward was for.")

    @classmethod
    def of(cls, row: ClaimedRow) -> Self:
        return cls(
            reward_id=row.reward,
            name=row.title,
            type=row.type,
            code=row.code,
            display_type=row.display_type,
            claimed_at=row.at,
            expires_at=row.expires_at,
            metadata={"fact_id": row.fact_id},
        )


class RewardsShown(Shown):
    """Newest first."""

    rewards: list[RewardShown]


class ParticipantState(Shown):
    """Screens and a page's own state are kept by nobody here: these two are always empty."""

    session_id: str
    engagement_id: str
    completed_activities: list[str]
    visited_screens: tuple[str, ...] = ()
    user_state: dict[str, Any] = Field(default_factory=dict)
    first_seen_at: datetime
    last_seen_at: datetime


class LogEntry(Shown):
    type: Literal["activity_completed"] = "activity_completed"
    activity_id: str
    activity_type: str
    attempt_id: str
    fact_id: str
    result: AnyResult
    actions_executed: tuple[Executed, ...]
    occurred_at: datetime

    @classmethod
    def of(cls, row: AttemptRow) -> Self:
        return cls(
            activity_id=row.activity,
            activity_type=row.type,
            attempt_id=row.attempt_id,
            fact_id=row.fact_id,
            result=result_of(row.answer.result),
            actions_executed=row.answer.actions,
            occurred_at=row.at,
        )


class ActivityLog(Shown):
    """The newest ones, in the order in which they happened."""

    activities: list[LogEntry]
