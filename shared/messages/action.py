"""What a completed activity brings its player: what an operator may configure, and how it is told once it is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field

from shared.ids import AssetId, RewardId
from shared.messages.base import Amount, Message, Reference

MOST_POINTS: Final = 1_000_000_000
"""In one award."""

Occasion = Literal["passed", "any"]
Name = Annotated[str, Field(min_length=1, max_length=128)]


class Awarding(Message):
    """Something that is done when an activity is completed."""

    on: Occasion = "passed"
    """Whether it is done for everybody, or only for who passed; whatever cannot be failed is passed."""


class AwardPoints(Awarding):
    """Points of the engagement."""

    type: Literal["award_points"] = "award_points"
    points: int = Field(gt=0, le=MOST_POINTS)


class AwardBadge(Awarding):
    """A badge to show; it has no worth."""

    type: Literal["award_badge"] = "award_badge"
    badge: Name
    """Its code."""
    name: Name


class AwardReward(Awarding):
    """A reward, with its code if it has codes."""

    type: Literal["award_reward"] = "award_reward"
    reward: RewardId


class AwardGrant(Awarding):
    """An amount of any asset, put into the player's wallet."""

    type: Literal["award_grant"] = "award_grant"
    asset: AssetId
    amount: Amount
    """In the asset's smallest unit."""


Substitute = Annotated[AwardPoints | AwardBadge | AwardGrant, Field(discriminator="type")]
"""An action that nothing can stand in the way of."""
Action = Annotated[AwardPoints | AwardBadge | AwardReward | AwardGrant, Field(discriminator="type")]


def named_by(action: Action | None, path: str) -> Iterator[Reference]:
    """What must be defined for this action to make sense; `path` is where the action stands."""
    match action:
        case AwardReward():
            yield Reference("reward", action.reward, f"{path}.reward")
        case AwardGrant():
            yield Reference("asset", action.asset, f"{path}.asset")
        case _:
            pass


class PointsAwarded(Message):
    """So many points have reached the wallet."""

    type: Literal["award_points"] = "award_points"
    points_awarded: int
    new_balance: int | None
    """None if they are kept for a player who cannot receive them now."""


class Badge(Message):
    """A badge that was awarded."""

    badge_code: str
    badge_name: str


class BadgeAwarded(Message):
    """The player has a badge."""

    type: Literal["award_badge"] = "award_badge"
    badge_awarded: Badge


class ClaimedReward(Message):
    """A reward that is the player's now."""

    reward_id: RewardId
    code: str | None
    display_type: str
    title: str


class RewardAwarded(Message):
    """The player has a reward."""

    type: Literal["award_reward"] = "award_reward"
    reward_claimed: ClaimedReward


class Granted(Message):
    """What was put into the wallet."""

    asset: AssetId
    amount: int


class GrantAwarded(Message):
    """An amount has reached the wallet."""

    type: Literal["award_grant"] = "award_grant"
    granted: Granted
    new_balance: int | None
    """None if it is kept for a player who cannot receive it now."""


Executed = Annotated[PointsAwarded | BadgeAwarded | RewardAwarded | GrantAwarded, Field(discriminator="type")]
"""An action as it is told, field by field as the API prints it."""
