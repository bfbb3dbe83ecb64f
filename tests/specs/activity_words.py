"""The words that the specs of activities share: a player, an engagement, its activities and rewards."""

from __future__ import annotations

from typing import Any, Final

from services.engines.activity.state import Part, part_of
from services.engines.promise import Chain
from services.engines.registry import service
from shared.fair.draw import pick
from shared.ids import ActivityId, AssetId, EngagementId, MessageId, PlayerId, RewardId
from shared.messages.action import AwardBadge, AwardPoints, AwardReward, Badge
from shared.messages.activity import (
    Attempt,
    CompleteActivity,
    CompletedAnswer,
    Payload,
    Result,
    ValidateActivity,
    ValidatedAnswer,
    reason_of,
)
from shared.messages.activity_due import Award, Claim, GoOnCompleting, Payment
from shared.messages.activity_event import ActivityCompleted, CompletionBegun
from shared.messages.activity_spec import ActivitySpec, ActivityType, FormField, Question, SpinSegment
from shared.messages.engagement import EngagementSpec
from shared.messages.guest import GuestNoted
from shared.messages.prize import REWARDS, Proof
from shared.messages.reward import CodeAnswer, RewardSpec, TakeCode
from shared.messages.seed import SeedCommitted
from shared.messages.wallet import PayWallet, WalletAnswer
from shared.shapes import Refused, Seed, Send
from shared.testing.grammar import Consequence, Story, given, seeds

ROCKET, SPRING = PlayerId("rocket"), EngagementId("550e8400-e29b-41d4-a716-446655440000")
SPIN, QUIZ, POLL, FORM = (ActivityId(name) for name in ("spin-1", "quiz-1", "poll-1", "form-1"))
SHARED, POOL, SMALL, BARE = (RewardId(name) for name in ("rwd_123", "rwd_pool", "rwd_small", "rwd_bare"))
POINTS: Final = AssetId("points")
TODAY: Final = "2026-11-21"
TRY: Final = SpinSegment(label="Try again", prize_type="none", weight=40)
FIFTY: Final = SpinSegment(label="50 Points", prize_type="points", weight=40, action=AwardPoints(points=50))
COUPON: Final = SpinSegment(label="20% Off", prize_type="coupon", weight=5, action=AwardReward(reward=SHARED))
RARE: Final = SpinSegment(label="A gift", prize_type="voucher", weight=1, action=AwardReward(reward=POOL))


def activity(type_: ActivityType, /, **more: Any) -> ActivitySpec:
    return ActivitySpec(engagement=SPRING, type=type_, name="x", **more)


def spin(*segments: SpinSegment, **more: Any) -> ActivitySpec:
    return activity("spin_wheel", segments=segments or (TRY, FIFTY, COUPON), **more)


def quiz(*actions: Any, **more: Any) -> ActivitySpec:
    right = {"q1": 2, "q2": 0, "q3": 1}
    questions = tuple(Question(id=id_, options=3, right=option) for id_, option in right.items())
    return activity("quiz", questions=questions, actions=actions, **{"pass_at": 50, **more})


def poll(**more: Any) -> ActivitySpec:
    return activity("poll", options=("red", "green", "blue"), **more)


def form(**more: Any) -> ActivitySpec:
    fields = (
        FormField(name="callsign", required=True, max_length=5),
        FormField(name="years", type="number"),
        FormField(name="news", type="boolean"),
        FormField(name="ship", type="choice", options=("milano", "benatar")),
    )
    return activity("form", fields=fields, **more)


points = AwardPoints(points=100)
badge = AwardBadge(badge="crew", name="Crew")
coupon, gift, last, bare = (AwardReward(reward=key) for key in (SHARED, POOL, SMALL, BARE))
rewards = {
    SHARED: RewardSpec(title="20% Off Your Next Order", type="coupon", display_type="coupon", code="SAVE20"),
    POOL: RewardSpec(title="A gift", type="voucher", display_type="gift_card", generated=2, valid_days=30),
    SMALL: RewardSpec(title="One of three", type="voucher", codes=("A", "B", "C"), fallback=AwardPoints(points=10)),
    BARE: RewardSpec(title="A pat on the back", type="physical"),
}

town = given(service).defined(SPRING, EngagementSpec(name="Spring"))
for key_, reward_ in rewards.items():
    town = town.defined(key_, reward_)
town = town.and_then(GuestNoted(player=ROCKET, status="active", changes=0))

RIGHT: Final[Payload] = {
    "answers": [{"question_id": "q1", "selected_option": 2}, {"question_id": "q2", "selected_option": 0}]
}
WRONG: Final[Payload] = {"answers": []}
PASSED: Final[Result] = {"score": 2, "maxScore": 3, "percentage": 66, "passed": True}
FAILED: Final[Result] = {"score": 0, "maxScore": 3, "percentage": 0, "passed": False}


def validates(key: ActivityId, type_: ActivityType, payload: Payload) -> ValidateActivity:
    return ValidateActivity(player=ROCKET, engagement=SPRING, activity=key, activity_type=type_, payload=payload)


def completes(
    key: ActivityId, type_: ActivityType, payload: Payload | None = None, attempt: str | None = None
) -> CompleteActivity:
    attempt_id = None if attempt is None else MessageId(attempt)
    return CompleteActivity(
        player=ROCKET, engagement=SPRING, activity=key, activity_type=type_, payload=payload, attempt_id=attempt_id
    )


spins = completes(SPIN, "spin_wheel", {})
tries = validates(SPIN, "spin_wheel", {})
solves = completes(QUIZ, "quiz", RIGHT)


def seed(number: int, key: ActivityId = SPIN) -> Seed:
    return seeds().of(Chain("activity", ROCKET, key).stream, number)


def promised(number: int, key: ActivityId = SPIN) -> SeedCommitted:
    told = seed(number, key)
    return SeedCommitted(
        engine="activity",
        player=ROCKET,
        entity=key,
        number=number,
        key_id=told.key_id,
        server_seed_hash=told.hash,
    )


def spun(spec: ActivitySpec, number: int, attempt_id: str, version: int = 1) -> Attempt:
    """What the spin with this seed comes to."""
    told = seed(number)
    index = pick(told.value, "spin-wheel", SPIN, spec.weights)
    segment = spec.segments[index]
    return Attempt(
        attempt_id=MessageId(attempt_id),
        definition_version=version,
        result={"segment_index": index, "prize_label": segment.label, "prize_type": segment.prize_type},
        proof=Proof(server_seed=told.value, server_seed_hash=told.hash, definition_version=version),
    )


def attempt(attempt_id: str, result: Result, version: int = 1) -> Attempt:
    return Attempt(attempt_id=MessageId(attempt_id), definition_version=version, result=result)


def begun(key: ActivityId, attempt_id: str, *, kept: bool = False, day: str = TODAY) -> CompletionBegun:
    return CompletionBegun(player=ROCKET, activity=key, attempt_id=MessageId(attempt_id), day=day, kept=kept)


def work(key: ActivityId, of: Attempt, *due: Payment | Claim | Award, **more: Any) -> GoOnCompleting:
    fields: dict[str, Any] = {"asked": 0, **more}
    return GoOnCompleting(player=ROCKET, engagement=SPRING, activity=key, attempt=of, day=TODAY, due=due, **fields)


def pays(then: GoOnCompleting, amount: int, asset: AssetId = POINTS) -> Send:
    reason = reason_of(then.activity, then.attempt.attempt_id)
    pay = PayWallet(player=ROCKET, asset=asset, amount=amount, account=REWARDS, reason=reason)
    return Send("ledger", ROCKET, pay, then=then)


def takes(then: GoOnCompleting, reward: RewardId, version: int = 1) -> Send:
    take = TakeCode(reward=reward, definition_version=version, player=ROCKET, attempt_id=then.attempt.attempt_id)
    return Send("engines", reward, take, then=then)


def paid(balance: int, asset: AssetId = POINTS) -> WalletAnswer:
    return WalletAnswer(transaction_id="engines/0/3/0", player=ROCKET, balances={asset: balance})


def code(number: int, text: str) -> CodeAnswer:
    return CodeAnswer(number=number, code=text)


exhausted = Refused("reward_exhausted", {"reward": POOL})


def completed_in(consequence: Consequence) -> ActivityCompleted:
    """The fact that an attempt was completed."""
    (event,) = (one for one in getattr(consequence.outcome, "events", ()) if isinstance(one, ActivityCompleted))
    return event


def told_in(consequence: Consequence) -> CompletedAnswer:
    """What the player was told of a completion."""
    reply = getattr(consequence.outcome, "reply", None)
    assert isinstance(reply, CompletedAnswer), f"{reply!r} tells of no completion"
    return reply


def validated_in(consequence: Consequence) -> ValidatedAnswer:
    """What the player was told of a validation."""
    reply = getattr(consequence.outcome, "reply", None)
    assert isinstance(reply, ValidatedAnswer), f"{reply!r} tells of no validation"
    return reply


def in_(story: Story, key: ActivityId) -> Part:
    return story.state(part_of(ROCKET, key))


def claim(reward: RewardId, **more: Any) -> Claim:
    spec = rewards[reward]
    return Claim(reward=reward, definition_version=1, pooled=spec.pool is not None, code=spec.code, **more)


def payment(amount: int, **more: Any) -> Payment:
    return Payment(kind="points", asset=POINTS, amount=amount, **more)


CREW: Final = Award(badge=Badge(badge_code="crew", badge_name="Crew"))
