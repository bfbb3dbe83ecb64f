"""What an operator says of an event: what is measured, when, what it costs to enter, and what its boards pay."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, JsonValue, model_validator

from shared.formula import BadFormula, compiled
from shared.ids import AssetId
from shared.messages.base import Amount, Message, Reference, Spec
from shared.messages.entry import MOST_COSTS, Cost
from shared.messages.entry_condition import Requirement
from shared.messages.entry_condition import named_by as named_by_requirement
from shared.messages.event_number import LARGEST_MICROS as LARGEST_MICROS
from shared.messages.event_number import LARGEST_NUMBER as LARGEST_NUMBER
from shared.messages.event_number import MetricKey, Number
from shared.messages.event_number import micros_of as micros_of
from shared.messages.event_rewards import FixedBundle as FixedBundle
from shared.messages.event_rewards import Milestone as Milestone
from shared.messages.event_rewards import NoPolicy as NoPolicy
from shared.messages.event_rewards import RankScaled as RankScaled
from shared.messages.event_rewards import RankTier as RankTier
from shared.messages.event_rewards import RewardPolicy, named_by_policy
from shared.messages.event_rewards import SharedPool as SharedPool
from shared.messages.event_windows import FixedWindow as FixedWindow
from shared.messages.event_windows import RecurringWindows as RecurringWindows
from shared.messages.event_windows import Windows
from shared.messages.reward_table import LONGEST_WAIT_S
from shared.messages.reward_table import named_by as named_by_entries

MOST_METRICS: Final = 20
MOST_MILESTONES: Final = 50
MOST_NAMES: Final = 100
MOST_SEATS: Final = 100
"""Of one lobby."""


def _formula(text: str) -> str:
    try:
        compiled(text)
    except BadFormula as bad:
        raise ValueError(str(bad)) from None
    return text


Formula = Annotated[str, Field(max_length=500), AfterValidator(_formula)]
Word = Annotated[str, Field(min_length=1, max_length=128)]


class Metric(Message):
    """Something that an attempt is measured by."""

    key: MetricKey
    target: Number | None = None
    """An attempt that has reached the targets of all metrics that have one is completed."""
    cap: Number | None = None
    """More than this does not count for the score."""
    score_weight: Number = Decimal(1)
    reset_on: MetricKey | None = None
    """When that metric goes up, this one begins again at 0."""


class CurrencyCost(Message):
    """What entering costs of one currency."""

    key: AssetId
    amount: Amount
    """In its smallest unit."""


class ItemCost(Message):
    """What entering costs of one item."""

    key: AssetId
    quantity: Amount


class EntryCost(Message):
    """What one attempt costs; all of it is taken, or nothing."""

    currencies: tuple[CurrencyCost, ...] = ()
    items: tuple[ItemCost, ...] = ()

    @property
    def costs(self) -> tuple[Cost, ...]:
        """All of it, currencies first."""
        currencies = (Cost(asset=one.key, amount=one.amount) for one in self.currencies)
        return (*currencies, *(Cost(asset=one.key, amount=one.quantity) for one in self.items))

    @model_validator(mode="after")
    def _each_once(self) -> EntryCost:
        keys = [cost.asset for cost in self.costs]
        if len(set(keys)) < len(keys):
            raise ValueError("a currency or item is named twice")
        if len(keys) > MOST_COSTS:
            raise ValueError(f"an attempt costs at most {MOST_COSTS} different things")
        return self


class GlobalBoard(Message):
    """Everybody is on one board."""

    mode: Literal["global"] = "global"


class SegmentedBoard(Message):
    """One board for each value of a field of the player's context, such as a league."""

    mode: Literal["global_segmented"] = "global_segmented"
    segment_by: Word


class GroupedBoard(Message):
    """Groups are filled in the order in which players start, and each has its board."""

    mode: Literal["grouped"] = "grouped"
    size: int = Field(ge=2, le=1_000)


class LobbyBoard(Message):
    """Players wait in a lobby until it is full, and play against each other."""

    mode: Literal["lobby_matched"] = "lobby_matched"
    capacity: int = Field(ge=2, le=MOST_SEATS)
    fill_timeout_seconds: int = Field(default=30, ge=1, le=86_400)
    strategy: Literal["fill_with_bots", "start_short", "wait_full"] = "fill_with_bots"
    """What is done when time is up before the lobby is full."""


Leaderboard = Annotated[GlobalBoard | SegmentedBoard | GroupedBoard | LobbyBoard, Field(discriminator="mode")]
Mode = Literal["global", "global_segmented", "grouped", "lobby_matched"]


class Pace(Message):
    """How fast bots may be; each has its own pace between the two, every millionth as likely."""

    min: Number
    max: Number

    @model_validator(mode="after")
    def _in_order(self) -> Pace:
        if not 0 <= self.min <= self.max:
            raise ValueError("min must not be below 0 nor above max")
        return self


class BotsSpec(Message):
    """How bots play: their metric grows by their pace, evenly, until its target or the end of the window."""

    behaviour: Literal["progress_linear"] = "progress_linear"
    metric: MetricKey | None = None
    """None: the first of the event."""
    per_minute: Pace = Pace(min=Decimal(10), max=Decimal(60))
    """Of the metric, in whole units."""
    names: tuple[Word, ...] = Field(default=(), max_length=MOST_NAMES)
    """What they are called, in turn; without any they are Bot 1, Bot 2 and so on."""


class EventSpec(Spec, kind="event"):
    """An event that players attempt. What holds for a window is what it was when the window was opened."""

    name: Word | Annotated[dict[str, Word], Field(min_length=1, max_length=50)]
    """One name, or one for each locale."""
    status: Literal["active", "disabled"] = "active"
    """A disabled event takes no starts, from now on; attempts in progress go on."""
    type: Literal["single_metric", "multi_metric"] | None = None
    """None: by the number of metrics."""
    metrics: tuple[Metric, ...] = Field(min_length=1, max_length=MOST_METRICS)
    formula: Formula | None = None
    """The score, of metric names and numbers with + - * / ( ) min max abs; None: each capped metric by its weight."""
    windows: Windows
    max_attempts_per_window: int | None = Field(default=None, ge=1, le=1_000_000)
    max_attempts_per_day: int | None = Field(default=None, ge=1, le=1_000_000)
    """A day of the windows' time zone."""
    entry_requirement: Requirement | None = None
    entry_cost: EntryCost | None = None
    milestones: tuple[Milestone, ...] = Field(default=(), max_length=MOST_MILESTONES)
    reward_policy: RewardPolicy = NoPolicy()
    leaderboard: Leaderboard = GlobalBoard()
    bots: BotsSpec | None = None
    """None: as bots usually play."""
    metadata: dict[str, JsonValue] = Field(default_factory=dict, max_length=50)
    grants_expire_after_seconds: int | None = Field(default=None, ge=1, le=LONGEST_WAIT_S)
    """How long what is won here can be claimed; None is for ever."""

    @property
    def metric_type(self) -> Literal["single_metric", "multi_metric"]:
        """What is said to games."""
        return self.type or ("single_metric" if len(self.metrics) == 1 else "multi_metric")

    @property
    def has_targets(self) -> bool:
        """Whether there is something to reach that completes an attempt."""
        return any(metric.target is not None for metric in self.metrics)

    @property
    def costs(self) -> tuple[Cost, ...]:
        """What one attempt costs."""
        return () if self.entry_cost is None else self.entry_cost.costs

    @model_validator(mode="after")
    def _makes_sense(self) -> EventSpec:
        keys = [metric.key for metric in self.metrics]
        if len(set(keys)) < len(keys):
            raise ValueError("two metrics have the same key")
        if len({milestone.key for milestone in self.milestones}) < len(self.milestones):
            raise ValueError("two milestones have the same key")
        if self.type == "single_metric" and len(keys) > 1:
            raise ValueError("a single_metric event has one metric")
        for name, where in self._named():
            if name not in keys:
                raise ValueError(f"{where} names {name!r}, which is none of the metrics")
        return self

    def _named(self) -> Iterator[tuple[str, str]]:
        """Every metric that is spoken of, and where."""
        for metric in self.metrics:
            if metric.reset_on is not None:
                yield metric.reset_on, "reset_on"
            if metric.reset_on == metric.key:
                yield "itself", "reset_on"
        for milestone in self.milestones:
            yield milestone.metric, f"milestone {milestone.key}"
        if self.bots is not None and self.bots.metric is not None:
            yield self.bots.metric, "bots.metric"
        if self.formula is not None:
            for name in sorted(compiled(self.formula).names):
                yield name, "formula"

    def references(self) -> Iterator[Reference]:
        if self.entry_cost is not None:
            for place, currency in enumerate(self.entry_cost.currencies):
                yield Reference("asset", currency.key, f"entry_cost.currencies[{place}].key")
            for place, item in enumerate(self.entry_cost.items):
                yield Reference("item", item.key, f"entry_cost.items[{place}].key")
        yield from named_by_requirement(self.entry_requirement, "entry_requirement")
        for place, milestone in enumerate(self.milestones):
            at = f"milestones[{place}]"
            yield from named_by_entries(milestone.entries, f"{at}.entries")
            if milestone.bundle is not None:
                yield Reference("bundle", milestone.bundle, f"{at}.bundle")
        yield from named_by_policy(self.reward_policy)


SAMPLES = (
    EventSpec(
        name="Daily run",
        metrics=(Metric(key="distance", target=Decimal(1_000)),),
        windows=RecurringWindows(cron="0 0 * * *"),
        max_attempts_per_window=5,
        milestones=(Milestone(key="quarter", metric="distance", threshold=Decimal(250), bundle="first-steps"),),
        reward_policy=RankScaled(tiers=(RankTier(from_rank=1, to_rank=1, bundle="first-place"),)),
    ),
)
