"""What has happened in an activity: attempts came to something, were begun, denied, completed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.ids import ActivityId, EngagementId, MessageId, PlayerId, RewardId
from shared.messages.action import ClaimedReward, Executed, RewardAwarded
from shared.messages.activity import Attempt, Result, fact_of
from shared.messages.activity_spec import ActivityType
from shared.messages.base import Event, Message
from shared.messages.prize import Proof
from shared.streams import Stream, key_of


class ActivityEvent(Event):
    """A fact about one player's part in one activity."""

    player: PlayerId
    activity: ActivityId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("activity", key_of(self.player, self.activity))


class ActivityAsked(ActivityEvent, wire="activity.asked"):
    """A player whom the engines do not know takes part; the ledger is asked whether the player may play."""


class AttemptValidated(ActivityEvent, wire="activity.validated"):
    """An attempt has come to this. It is open until it is completed; if it is a spin, its seed is revealed."""

    attempt: Attempt
    seed_number: int | None = None
    """Of the seed in the player's chain, if one was spent just now."""
    seed_key_id: str | None = None


class CompletionFact(ActivityEvent):
    """What has become of the completion of one attempt."""

    attempt_id: MessageId
    day: str
    """On which the attempt was begun."""


class CompletionBegun(CompletionFact, wire="activity.begun"):
    """What the attempt brings is being seen to."""

    kept: bool
    """Whether the attempt is to be open again if it is denied."""


class ActionAnswered(ActivityEvent, wire="activity.answered"):
    """Another part has answered for something that an attempt brings."""

    attempt_id: MessageId
    place: int
    """Among what the attempt brings."""
    granted: bool


class CompletionDenied(CompletionFact, wire="activity.denied"):
    """Not everything that the attempt should bring was to be had, so nothing was done."""

    reward: RewardId
    """Whose pool was empty."""


class Claimed(Message):
    """A reward that is the player's from now on."""

    place: int
    """Among the actions."""
    reward: RewardId
    title: str
    type: str
    display_type: str
    code: str | None
    expires_at: datetime | None


class ActivityCompleted(CompletionFact, wire="activity.completed"):
    """The attempt counts, and everything that it brings has been done."""

    engagement: EngagementId
    type: ActivityType
    fact_id: str
    definition_version: int
    result: Result
    proof: Proof | None
    actions: tuple[Executed, ...]
    claimed: tuple[Claimed, ...]
    completed_at: datetime
    used: int
    """How many attempts of this player at this activity count now."""
    today: int
    """How many of them were begun on `last_day`."""
    last_day: str
    """The last day on which an attempt that may count was begun, in UTC, as 2026-11-21."""


_attempt_id = MessageId("0192f0c1-0000-7000-8000-000000000003")
_who: dict[str, Any] = {"player": "StarlordV7", "activity": "quiz-1"}
_scored: Result = {"score": 2, "maxScore": 3, "percentage": 66, "passed": True}
_coupon = ClaimedReward(
    reward_id=RewardId("rwd_123"), code="SAVE20", display_type="coupon", title="20% Off Your Next Order"
)
_claimed = Claimed(
    place=0,
    reward=_coupon.reward_id,
    title=_coupon.title,
    type="coupon",
    display_type="coupon",
    code=_coupon.code,
    expires_at=None,
)
SAMPLES = (
    ActivityAsked(**_who),
    AttemptValidated(**_who, attempt=Attempt(attempt_id=_attempt_id, definition_version=1, result=_scored)),
    CompletionBegun(**_who, attempt_id=_attempt_id, day="2026-11-21", kept=True),
    ActionAnswered(**_who, attempt_id=_attempt_id, place=0, granted=True),
    CompletionDenied(**_who, attempt_id=_attempt_id, day="2026-11-21", reward=RewardId("rwd_pool")),
    ActivityCompleted(
        **_who,
        attempt_id=_attempt_id,
        fact_id=fact_of(_attempt_id),
        engagement=EngagementId("550e8400-e29b-41d4-a716-446655440000"),
        type="quiz",
        day="2026-11-21",
        definition_version=1,
        result=_scored,
        proof=None,
        actions=(RewardAwarded(reward_claimed=_coupon),),
        claimed=(_claimed,),
        completed_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
        used=1,
        today=1,
        last_day="2026-11-21",
    ),
)
