"""Events as games list them: when they are on, what they measure and cost, and what can be won."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from services.gateway.sdk.wire import Told, Uuid, number
from shared.definitions import DefinitionStore
from shared.ids import TenantId
from shared.messages import event_spec as configured
from shared.messages import reward_table as given
from shared.messages.entry_condition import (
    AllHold,
    AnyHolds,
    AttemptsMade,
    Condition,
    DoesNotHold,
    InventoryHolds,
    WalletHolds,
)
from shared.messages.event_rewards import Prize, RewardPolicy
from shared.messages.event_spec import EventSpec, micros_of
from shared.shapes import Definition


class Range(Told):
    min: int
    max: int
    step: int = Field(description="It is `min`, or so much more, or twice so much and so on, but at most `max`.")


class CurrencyPreview(Told):
    type: Literal["currency"] = "currency"
    currency_key: str
    amount: int | Range


class ItemPreview(Told):
    type: Literal["item"] = "item"
    item_key: str
    quantity: int | Range


class CratePreview(Told):
    type: Literal["crate"] = "crate"
    crate_item_key: str
    quantity: int | Range


EntryPreview = Annotated[CurrencyPreview | ItemPreview | CratePreview, Field(discriminator="type")]


class BundlePreview(Told):
    key: str
    name: str
    entries: list[EntryPreview]


class MetricShown(Told):
    key: str
    target: int | float | None
    cap: int | float | None
    score_weight: int | float
    reset_on: str | None


class Cost(Told):
    key: str
    amount: int


class ItemCost(Told):
    key: str
    quantity: int


class EntryCost(Told):
    currencies: list[Cost]
    items: list[ItemCost]


class MilestoneReward(Told):
    key: str
    metric_key: str
    threshold: int | float
    entries: list[EntryPreview]


class NoPolicy(Told):
    type: Literal["none"] = "none"


class FixedBundle(Told):
    type: Literal["fixed_bundle"] = "fixed_bundle"
    bundle: BundlePreview


class Tier(Told):
    from_rank: int
    to_rank: int
    bundle: BundlePreview


class RankScaled(Told):
    type: Literal["rank_scaled"] = "rank_scaled"
    tiers: list[Tier]


class SharedPool(Told):
    type: Literal["shared_pool"] = "shared_pool"
    pool: int
    currency_key: str


RewardPolicySummary = Annotated[NoPolicy | FixedBundle | RankScaled | SharedPool, Field(discriminator="type")]


class EventListing(Told):
    event_key: str
    name: str | dict[str, str] = Field(description="One name, or one for each locale.")
    window_id: Uuid
    starts_at: datetime
    ends_at: datetime
    leaderboard_id: Uuid | None = Field(description="Of events with one board for everybody.")
    current_attempt_id: str | None
    type: Literal["single_metric", "multi_metric"]
    leaderboard_mode: configured.Mode
    metrics: list[MetricShown]
    entry_requirement: dict[str, Any] | None = Field(
        description="`all`, `any` or `not` of others; or `wallet` or `inventory` with `atLeast`; or `attempts`."
    )
    entry_cost: EntryCost | None
    metadata: dict[str, Any]
    milestone_rewards: list[MilestoneReward]
    reward_policy: RewardPolicySummary


class EventsListResponse(Told):
    """The events that are on."""

    data: list[EventListing]


class Offers:
    """What events offer, put into words once for each version of them, and anew when anything is configured."""

    def __init__(self, definitions: DefinitionStore) -> None:
        self._definitions, self._seq = definitions, -1
        self._told: dict[tuple[TenantId, str, int], Mapping[str, Any]] = {}

    def of(self, tenant: TenantId, event: Definition[EventSpec]) -> Mapping[str, Any]:
        """What a listing says of the event whoever asks."""
        if self._seq != self._definitions.seq:  # bundles are told as they are now
            self._told, self._seq = {}, self._definitions.seq
        which = (tenant, event.key, event.version)
        if which not in self._told:
            self._told[which] = Offer(self._definitions, tenant, event).told()
        return self._told[which]


class Offer:
    """An event as it holds for its window, put into the games' words."""

    def __init__(self, definitions: DefinitionStore, tenant: TenantId, event: Definition[EventSpec]) -> None:
        self._definitions, self._tenant, self._event = definitions, tenant, event

    def told(self) -> dict[str, Any]:
        """What a listing says of the event whoever asks."""
        spec = self._event.spec
        return {
            "event_key": self._event.key,
            "name": spec.name,
            "type": spec.metric_type,
            "leaderboard_mode": spec.leaderboard.mode,
            "metrics": [_metric(metric) for metric in spec.metrics],
            "entry_requirement": None if spec.entry_requirement is None else condition_of(spec.entry_requirement),
            "entry_cost": None if spec.entry_cost is None else _cost(spec.entry_cost),
            "metadata": spec.metadata,
            "milestone_rewards": [self._milestone(milestone) for milestone in spec.milestones],
            "reward_policy": self._policy(spec.reward_policy),
        }

    def _milestone(self, milestone: configured.Milestone) -> MilestoneReward:
        entries: Iterable[given.Entry] = milestone.entries
        if milestone.bundle is not None:
            bundle = self._definitions.current(self._tenant, given.BundleSpec, milestone.bundle)
            entries = () if bundle is None else bundle.spec.entries
        return MilestoneReward(
            key=milestone.key,
            metric_key=milestone.metric,
            threshold=_number(milestone.threshold),
            entries=previews(entries),
        )

    def _policy(self, policy: RewardPolicy) -> NoPolicy | FixedBundle | RankScaled | SharedPool:
        match policy:
            case configured.NoPolicy():
                return NoPolicy()
            case configured.FixedBundle():
                return FixedBundle(bundle=self._bundle(policy.bundle, "all"))
            case configured.RankScaled():
                return RankScaled(tiers=[self._tier(tier) for tier in policy.tiers])
            case configured.SharedPool():
                return SharedPool(pool=policy.pool, currency_key=policy.currency)

    def _tier(self, tier: configured.RankTier) -> Tier:
        bundle = self._bundle(tier.bundle, f"{tier.from_rank}-{tier.to_rank}")
        return Tier(from_rank=tier.from_rank, to_rank=tier.to_rank, bundle=bundle)

    def _bundle(self, prize: Prize, place: str) -> BundlePreview:
        """A bundle by its key; entries that were written out are called by the places that win them."""
        if not isinstance(prize, str):
            return BundlePreview(key=f"{self._event.key}:{place}", name=place, entries=previews(prize))
        bundle = self._definitions.current(self._tenant, given.BundleSpec, prize)
        if bundle is None:
            return BundlePreview(key=prize, name=prize, entries=[])
        return BundlePreview(key=prize, name=bundle.spec.name, entries=previews(bundle.spec.entries))


def previews(entries: Iterable[given.Entry]) -> list[CurrencyPreview | ItemPreview | CratePreview]:
    """What can come of these entries."""
    return [_preview(entry) for entry in entries]


def _preview(entry: given.Entry) -> CurrencyPreview | ItemPreview | CratePreview:
    match entry:
        case given.CurrencyEntry():
            return CurrencyPreview(currency_key=entry.asset, amount=_range(entry.amount))
        case given.ItemEntry():
            return ItemPreview(item_key=entry.item, quantity=_range(entry.quantity))
        case given.CrateEntry():
            return CratePreview(crate_item_key=entry.crate, quantity=_range(entry.quantity))


def _range(quantity: given.Quantity) -> int | Range:
    return quantity if isinstance(quantity, int) else Range(min=quantity.min, max=quantity.max, step=quantity.step)


def _metric(metric: configured.Metric) -> MetricShown:
    return MetricShown(
        key=metric.key,
        target=None if metric.target is None else _number(metric.target),
        cap=None if metric.cap is None else _number(metric.cap),
        score_weight=_number(metric.score_weight),
        reset_on=metric.reset_on,
    )


def _cost(cost: configured.EntryCost) -> EntryCost:
    return EntryCost(
        currencies=[Cost(key=one.key, amount=one.amount) for one in cost.currencies],
        items=[ItemCost(key=one.key, quantity=one.quantity) for one in cost.items],
    )


def condition_of(condition: Condition) -> dict[str, Any]:
    """A condition with all that it is made of."""
    match condition:
        case AllHold(all=parts):
            return {"all": [condition_of(part) for part in parts]}
        case AnyHolds(any=parts):
            return {"any": [condition_of(part) for part in parts]}
        case DoesNotHold(not_=part):
            return {"not": condition_of(part)}
        case WalletHolds():
            return {"wallet": condition.wallet, "atLeast": condition.at_least}
        case InventoryHolds():
            return {"inventory": condition.inventory, "atLeast": condition.at_least}
        case AttemptsMade():
            return {"attempts": condition.attempts}


def _number(value: Decimal) -> int | float:
    return number(micros_of(value))
