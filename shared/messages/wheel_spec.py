"""What an operator says of a wheel: its segments and how probable each is, what is free, and what a spin costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from shared.ids import AssetId, ProjectId
from shared.messages.base import LARGEST_AMOUNT, Amiss, Amount, Message, Reference, Spec
from shared.messages.prize import Weight
from shared.money import parse
from shared.periods import zone

MOST_SEGMENTS: Final = 100
MOST_FREE_SPINS: Final = 1_000
MOST_BONUS_SPINS: Final = 1_000
"""In one reward or one grant."""
PROBABILITY_SCALE: Final = 12
"""Decimals of a probability, at most."""
CERTAIN: Final = 10**PROBABILITY_SCALE
"""Probability 1, in units of the last decimal."""

SpinKind = Literal["free", "bonus", "paid"]


def _probability(text: str) -> str:
    if parse(text, PROBABILITY_SCALE) > CERTAIN:
        raise ValueError("a probability is at most 1")
    return text


def _zone(name: str) -> str:
    zone(name)
    return name


Probability = Annotated[str, Field(max_length=14), AfterValidator(_probability)]
"""Decimal text between 0 and 1 with at most 12 decimals."""
TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]


class CurrencyReward(Message):
    """An amount of a currency."""

    type: Literal["currency"] = "currency"
    currency: AssetId
    amount: Amount
    """In the currency's smallest unit."""


class ItemReward(Message):
    """So many of an item, which the player then holds like any other asset."""

    type: Literal["item"] = "item"
    item: AssetId
    quantity: int = Field(default=1, gt=0, le=LARGEST_AMOUNT)


class BonusSpinReward(Message):
    """More spins of the same wheel."""

    type: Literal["bonus_spin"] = "bonus_spin"
    count: int = Field(default=1, ge=1, le=MOST_BONUS_SPINS)


class NoReward(Message):
    """A blank."""

    type: Literal["none"] = "none"


SegmentReward = Annotated[CurrencyReward | ItemReward | BonusSpinReward | NoReward, Field(discriminator="type")]


class WheelSegment(Message):
    """One slice of a wheel; either its probability or its weight is given."""

    segment_id: int = Field(ge=0, le=LARGEST_AMOUNT)
    label: str = Field(min_length=1, max_length=64)
    probability: Probability | None = None
    weight: Weight | None = None
    reward: SegmentReward


class PaidSpin(Message):
    """What a spin costs when nothing is free."""

    asset: AssetId
    amount: Amount
    """In the asset's smallest unit."""


class WheelSpec(Spec, kind="wheel"):
    """A wheel of a project. The order of its segments is part of the draw."""

    lasting = ("project",)

    project: ProjectId
    name: str = Field(min_length=1, max_length=128)
    status: Literal["active", "inactive"] = "active"
    timezone: TimeZone = "UTC"
    """Where its days begin and end."""
    daily_free_spins: int = Field(default=0, ge=0, le=MOST_FREE_SPINS)
    paid_spin: PaidSpin | None = None
    """None sells no spins."""
    segments: tuple[WheelSegment, ...] = Field(default=(), max_length=MOST_SEGMENTS)

    @model_validator(mode="after")
    def _no_segment_twice(self) -> WheelSpec:
        if len({segment.segment_id for segment in self.segments}) < len(self.segments):
            raise ValueError("two segments have the same segment_id")
        return self

    def amiss(self) -> Amiss | None:
        problem = misconfigured(self)
        return None if problem is None else Amiss("segments", problem)

    def references(self) -> Iterator[Reference]:
        yield Reference("project", self.project, "project")
        if self.paid_spin is not None:
            yield Reference("asset", self.paid_spin.asset, "paid_spin.asset")
        for place, segment in enumerate(self.segments):
            match segment.reward:
                case CurrencyReward(currency=asset):
                    yield Reference("asset", asset, f"segments[{place}].reward.currency")
                case ItemReward(item=item):  # worlds from before there were items have assets in their place
                    yield Reference("item", item, f"segments[{place}].reward.item", or_kind="asset")
                case BonusSpinReward() | NoReward():
                    pass


def misconfigured(spec: WheelSpec) -> str | None:
    """Why nothing fair can be drawn from these segments; None if it can, or if there are none."""
    if not spec.segments:
        return None
    given = [segment.probability for segment in spec.segments if segment.probability is not None]
    weighed = [segment.weight for segment in spec.segments if segment.weight is not None]
    if sorted((len(given), len(weighed))) != [0, len(spec.segments)]:
        return "either every segment has a probability or every segment has a weight"
    if given and sum(parse(text, PROBABILITY_SCALE) for text in given) != CERTAIN:
        return "the probabilities must sum to exactly 1"
    if weighed and not any(weighed):
        return "every segment has weight 0, so nothing can be drawn; give one a positive weight"
    return None


def weights_of(spec: WheelSpec) -> list[int]:
    """How often each segment comes up among their sum, in their order: whole numbers that stand as they are drawn from.

    Probabilities are taken times 10 to the power of the most decimals that one of them has.
    """
    if spec.segments and spec.segments[0].probability is None:
        return [segment.weight or 0 for segment in spec.segments]
    texts = [segment.probability or "0" for segment in spec.segments]
    scale = max((len(text.partition(".")[2]) for text in texts), default=0)
    return [parse(text, scale) for text in texts]
