"""What an event gives: to an attempt that has come far enough, and to those who stand well when a window ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from shared.ids import AssetId
from shared.messages.base import Amount, Message, Reference
from shared.messages.event_number import MetricKey, Number
from shared.messages.reward_table import MOST_ENTRIES, Entries, Entry
from shared.messages.reward_table import named_by as named_by_entries

MOST_TIERS: Final = 100
LARGEST_RANK: Final = 10_000_000

BundleKey = Annotated[str, Field(min_length=1, max_length=128)]
Prize = BundleKey | Entries
"""The key of a bundle, or entries written out."""


class Milestone(Message):
    """What an attempt gives the first time that a metric comes this far."""

    key: Annotated[str, Field(pattern=r"^[^/\\\\]{1,64}$")]
    metric: MetricKey
    threshold: Number
    entries: tuple[Entry, ...] = Field(default=(), max_length=MOST_ENTRIES)
    bundle: BundleKey | None = None
    """In place of entries: a bundle, as it is when the milestone is reached."""

    @model_validator(mode="after")
    def _gives_something(self) -> Milestone:
        if bool(self.entries) == (self.bundle is not None):
            raise ValueError("give `entries` or a `bundle`")
        return self


class NoPolicy(Message):
    """Nothing is won at the end of a window."""

    type: Literal["none"] = "none"


class FixedBundle(Message):
    """Everybody who has completed an attempt wins the same; without any target, everybody with a score above 0."""

    type: Literal["fixed_bundle"] = "fixed_bundle"
    bundle: Prize


class RankTier(Message):
    """What the places from one rank to another win."""

    from_rank: int = Field(ge=1, le=LARGEST_RANK)
    to_rank: int = Field(ge=1, le=LARGEST_RANK)
    bundle: Prize


class RankScaled(Message):
    """The best places win, each what its tier says."""

    type: Literal["rank_scaled"] = "rank_scaled"
    tiers: tuple[RankTier, ...] = Field(min_length=1, max_length=MOST_TIERS)

    @model_validator(mode="after")
    def _apart(self) -> RankScaled:
        last = 0
        for tier in self.tiers:
            if tier.from_rank <= last or tier.to_rank < tier.from_rank:
                raise ValueError("tiers must rise and not overlap")
            last = tier.to_rank
        return self


class SharedPool(Message):
    """Everybody with a score above 0 gets their part of a pool, in proportion to the score."""

    type: Literal["shared_pool"] = "shared_pool"
    pool: Amount
    """In the currency's smallest unit."""
    currency: AssetId


RewardPolicy = Annotated[NoPolicy | FixedBundle | RankScaled | SharedPool, Field(discriminator="type")]


def named_by_policy(policy: NoPolicy | FixedBundle | RankScaled | SharedPool) -> Iterator[Reference]:
    """What must be defined for the policy to make sense."""
    match policy:
        case NoPolicy():
            pass
        case FixedBundle(bundle=bundle):
            yield from _named_by_prize(bundle, "reward_policy.bundle")
        case RankScaled(tiers=tiers):
            for place, tier in enumerate(tiers):
                yield from _named_by_prize(tier.bundle, f"reward_policy.tiers[{place}].bundle")
        case SharedPool(currency=currency):
            yield Reference("asset", currency, "reward_policy.currency")


def _named_by_prize(prize: Prize, path: str) -> Iterator[Reference]:
    if isinstance(prize, str):
        yield Reference("bundle", prize, path)
    else:
        yield from named_by_entries(prize, path)
