"""What a completed attempt still brings its player, while it is being seen to, one part after the other."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.ids import ActivityId, AssetId, EngagementId, MessageId, PlayerId, RewardId
from shared.messages.action import Badge
from shared.messages.activity import Attempt
from shared.messages.base import Amount, FollowUp, Message


class Payment(Message):
    """An amount that completing the attempt brings."""

    due: Literal["payment"] = "payment"
    kind: Literal["points", "grant"]
    asset: AssetId
    amount: Amount
    paid: bool = False
    """Whether the ledger has answered."""
    balance: int | None = None
    """What the player held then; None if it is kept for a player who cannot receive it."""


class Award(Message):
    """A badge that completing the attempt brings."""

    due: Literal["badge"] = "badge"
    badge: Badge


class Claim(Message):
    """A reward that completing the attempt brings."""

    due: Literal["claim"] = "claim"
    reward: RewardId
    definition_version: int
    pooled: bool
    """Whether its code comes from a pool."""
    instead: Annotated[Payment | Award, Field(discriminator="due")] | None = None
    """What is done if the pool is empty."""
    code: str | None = None
    number: int | None = None
    """Of a code that was taken from the pool."""


Due = Annotated[Payment | Claim | Award, Field(discriminator="due")]


class GoOnCompleting(FollowUp, wire="activity.go_on"):
    """Another part has answered for one of these; the next is asked for, or the player is told."""

    player: PlayerId
    engagement: EngagementId
    activity: ActivityId
    attempt: Attempt
    day: str
    """On which the attempt was begun."""
    due: tuple[Due, ...]
    asked: int
    """The place in `due` of what was asked for."""
    exhausted: RewardId | None = None
    """The reward whose pool was empty; from then on, codes that were taken are given back."""


SAMPLES = (
    GoOnCompleting(
        player=PlayerId("StarlordV7"),
        activity=ActivityId("quiz-1"),
        engagement=EngagementId("550e8400-e29b-41d4-a716-446655440000"),
        attempt=Attempt(
            attempt_id=MessageId("0192f0c1-0000-7000-8000-000000000003"),
            definition_version=1,
            result={"score": 2, "maxScore": 3, "percentage": 66, "passed": True},
        ),
        day="2026-11-21",
        due=(
            Payment(kind="points", asset=AssetId("points"), amount=100),
            Claim(reward=RewardId("rwd_123"), definition_version=1, pooled=False, code="SAVE20"),
            Award(badge=Badge(badge_code="quizzer", badge_name="Quizzer")),
        ),
        asked=0,
    ),
)
