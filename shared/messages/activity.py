"""Everything that can be said about an activity: it is validated, completed, and brings what its operator promised."""

from __future__ import annotations

from typing import Any

from shared.ids import ActivityId, EngagementId, MessageId, PlayerId, RewardId
from shared.messages.action import ClaimedReward, Executed, PointsAwarded, RewardAwarded
from shared.messages.activity_spec import ActivityType
from shared.messages.base import Command, FollowUp, Message, Reply
from shared.messages.prize import Proof

Result = dict[str, int | str | bool]
"""What an attempt came to, field by field as the API prints it; empty for a form or survey, whose answers are personal.

spin_wheel: segment_index, prize_label, prize_type. quiz: score, maxScore, percentage, passed. poll: selected_option.
"""
Payload = dict[str, Any]
"""What the player handed in, as it came: judged against the activity's rules, never believed."""


class Attempt(Message):
    """One attempt and what it came to, which never changes once chance or scoring has spoken."""

    attempt_id: MessageId
    definition_version: int
    result: Result
    proof: Proof | None = None
    """Of a spin."""


class ActivityCommand(Command):
    """A wish about one player's part in one activity."""

    player: PlayerId
    activity: ActivityId


class ActivityWish(ActivityCommand):
    """A player takes part."""

    engagement: EngagementId
    activity_type: ActivityType
    """As the player believes it to be."""


class ValidateActivity(ActivityWish, wire="activity.validate"):
    """What does the player's attempt come to? Chance or scoring speaks once and is remembered until it is completed."""

    payload: Payload


class CompleteActivity(ActivityWish, wire="activity.complete"):
    """The player's attempt is to count, and everything that it brings is to be done, or nothing."""

    payload: Payload | None = None
    """May be left out with an `attempt_id`, and then does not matter."""
    attempt_id: MessageId | None = None
    """Of an attempt that was validated; otherwise it is the one that is open, or a new one."""


class CommitActivitySeed(ActivityCommand, wire="activity.commit_seed"):
    """Somebody wants to see the hash that the player's next spin is bound to."""


class ResumeValidation(ActivityWish, FollowUp, wire="activity.resume_validation"):
    """The ledger has said whether the player may play; if so, the attempt is validated."""

    payload: Payload
    new_attempt: MessageId
    """What the attempt is called if it is a new one."""


class ResumeCompletion(ActivityWish, FollowUp, wire="activity.resume_completion"):
    """The ledger has said whether the player may play; if so, the attempt is completed."""

    payload: Payload | None
    attempt_id: MessageId | None
    new_attempt: MessageId
    """What the attempt is called if it is a new one."""


class ValidatedAnswer(Reply):
    """What the attempt has come to."""

    attempt_id: MessageId
    valid: bool
    """Whether what the player claimed is so."""
    result: Result
    proof: Proof | None


class CompletedAnswer(Reply):
    """What was done, in order, once all of it was done."""

    attempt_id: MessageId
    fact_id: str
    actions: tuple[Executed, ...]
    result: Result
    proof: Proof | None


def fact_of(attempt_id: MessageId) -> str:
    """The name of the fact that an attempt was completed."""
    return f"fact_{attempt_id}"


def reason_of(activity: ActivityId, attempt_id: MessageId) -> str:
    """Why the ledger pays: what it writes beside the payment."""
    return f"activity {activity} {attempt_id}"


def activity_of(reason: str) -> ActivityId | None:
    """The activity that a payment was for, if it was for one: the opposite of `reason_of`."""
    word, _, rest = reason.partition(" ")
    activity, _, attempt_id = rest.rpartition(" ")
    return ActivityId(activity) if word == "activity" and activity and attempt_id else None


_attempt_id = MessageId("0192f0c1-0000-7000-8000-000000000003")
_who: dict[str, Any] = {"player": "StarlordV7", "activity": "quiz-1"}
_wish: dict[str, Any] = {
    **_who,
    "engagement": "550e8400-e29b-41d4-a716-446655440000",
    "activity_type": "quiz",
}
_payload: Payload = {"answers": [{"question_id": "q1", "selected_option": 2}], "score": 80, "passed": True}
_scored: Result = {"score": 2, "maxScore": 3, "percentage": 66, "passed": True}
_attempt = Attempt(attempt_id=_attempt_id, definition_version=1, result=_scored)
_points = PointsAwarded(points_awarded=100, new_balance=350)
_coupon = RewardAwarded(
    reward_claimed=ClaimedReward(
        reward_id=RewardId("rwd_123"), code="SAVE20", display_type="coupon", title="20% Off Your Next Order"
    )
)
_told: dict[str, Any] = {
    "attempt_id": _attempt_id,
    "fact_id": fact_of(_attempt_id),
    "actions": (_points, _coupon),
    "result": _scored,
    "proof": None,
}

SAMPLES = (
    ValidateActivity(**_wish, payload=_payload),
    CompleteActivity(**_wish, payload=_payload),
    CompleteActivity(**_wish, attempt_id=_attempt_id),
    CommitActivitySeed(player=PlayerId("StarlordV7"), activity=ActivityId("spin-1")),
    ResumeValidation(**_wish, payload=_payload, new_attempt=_attempt_id),
    ResumeCompletion(**_wish, payload=_payload, attempt_id=None, new_attempt=_attempt_id),
    ValidatedAnswer(attempt_id=_attempt_id, valid=False, result=_scored, proof=None),
    CompletedAnswer(**_told),
)
