"""What completing an attempt brings: what its result and its activity say, and the rewards behind that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from services.engines.activity.result import passed
from shared.ids import AssetId
from shared.messages.action import (
    Action,
    AwardBadge,
    AwardGrant,
    AwardPoints,
    AwardReward,
    Badge,
    BadgeAwarded,
    ClaimedReward,
    Executed,
    GrantAwarded,
    Granted,
    PointsAwarded,
    RewardAwarded,
)
from shared.messages.activity import Result
from shared.messages.activity_due import Award, Claim, Due, Payment
from shared.messages.activity_event import Claimed
from shared.messages.activity_spec import ActivitySpec
from shared.messages.engagement import EngagementSpec
from shared.messages.reward import RewardSpec
from shared.shapes import Definition, Facts, Refused


def due_of(spec: ActivitySpec, engagement: EngagementSpec, result: Result, facts: Facts) -> tuple[Due, ...] | Refused:
    """Everything that is to be done, in order; refused if there is a reward among it that is not there any more."""
    found: list[Due] = []
    for action in actions_of(spec, result):
        if not isinstance(action, AwardReward):
            found.append(certain(action, engagement.points_asset))
            continue
        reward = facts.definitions.current(RewardSpec, action.reward)
        if reward is None:
            return Refused("reward_exhausted", {"reward": action.reward})
        found.append(claim_of(action, reward, engagement.points_asset))
    return tuple(found)


def actions_of(spec: ActivitySpec, result: Result) -> Iterator[Action]:
    """First what the wheel brings, then what completing the activity brings."""
    if spec.type == "spin_wheel":
        prize = spec.segments[int(result["segment_index"])].action
        yield from () if prize is None else (prize,)
    yield from (action for action in spec.actions if action.on == "any" or passed(result))


def certain(action: AwardPoints | AwardBadge | AwardGrant, points: AssetId) -> Payment | Award:
    """What nothing can stand in the way of; `points` is the asset that the engagement's points are."""
    match action:
        case AwardPoints():
            return Payment(kind="points", asset=points, amount=action.points)
        case AwardGrant():
            return Payment(kind="grant", asset=action.asset, amount=action.amount)
        case AwardBadge():
            return Award(badge=Badge(badge_code=action.badge, badge_name=action.name))


def claim_of(action: AwardReward, reward: Definition[RewardSpec], points: AssetId) -> Claim:
    """A reward that is due, as it stands now."""
    spec = reward.spec
    return Claim(
        reward=action.reward,
        definition_version=reward.version,
        pooled=spec.pool is not None,
        instead=None if spec.fallback is None else certain(spec.fallback, points),
        code=spec.code,
    )


def may_be_denied(due: tuple[Due, ...]) -> bool:
    """Whether something might not be to be had that nothing takes the place of."""
    return any(isinstance(one, Claim) and one.pooled and one.instead is None for one in due)


def reward_of(claim: Claim, facts: Facts) -> RewardSpec:
    """The reward as it was when the attempt was begun."""
    definition = facts.definitions.at(RewardSpec, claim.reward, claim.definition_version)
    if definition is None:
        raise LookupError(f"reward {claim.reward} has no version {claim.definition_version}")
    return definition.spec


def executed(done: Due, facts: Facts) -> Executed:
    """How this is told."""
    match done:
        case Payment(kind="points"):
            return PointsAwarded(points_awarded=done.amount, new_balance=done.balance)
        case Payment():
            return GrantAwarded(granted=Granted(asset=done.asset, amount=done.amount), new_balance=done.balance)
        case Award():
            return BadgeAwarded(badge_awarded=done.badge)
        case Claim():
            spec = reward_of(done, facts)
            claimed = ClaimedReward(
                reward_id=done.reward, code=done.code, display_type=spec.display_type, title=spec.title
            )
            return RewardAwarded(reward_claimed=claimed)


def claimed(due: tuple[Due, ...], facts: Facts) -> Iterator[Claimed]:
    """The rewards among it, as they are kept."""
    for place, claim in enumerate(due):
        if isinstance(claim, Claim):
            spec = reward_of(claim, facts)
            until = None if spec.valid_days is None else facts.now + timedelta(days=spec.valid_days)
            yield Claimed(
                place=place,
                reward=claim.reward,
                title=spec.title,
                type=spec.type,
                display_type=spec.display_type,
                code=claim.code,
                expires_at=until,
            )
