"""Everything that can be said about a jackpot: wagers feed its pool, one player wins it all, the next begins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, Literal

from pydantic import AwareDatetime, Field, model_validator

from shared.ids import AccountId, AssetId, JackpotId, MessageId, PlayerId
from shared.messages.base import (
    Amount,
    Command,
    Event,
    Exactly,
    FollowUp,
    Message,
    Reference,
    Reply,
    Spec,
)
from shared.messages.wager_entry import MOST_ENTRIES, Entry, WagerId
from shared.money import MICRO, MICRO_SCALE, parse
from shared.streams import Stream, key_of

JACKPOTS: Final = AccountId("jackpots")
"""The house account that pools are paid from."""
USD: Final = AssetId("USD")

TriggerReason = Literal["manual", "must_drop"]


class MustDrop(Message):
    """Between which sizes of the pool it drops by itself, in whole units of the asset."""

    min: Exactly
    max: Exactly


class JackpotSpec(Spec, kind="jackpot"):
    """What a jackpot begins with, what feeds it, and when it drops by itself."""

    name: str = Field(min_length=1, max_length=128)
    status: Literal["active", "paused"] = "active"
    asset: AssetId = USD
    """What the pool is counted and paid in."""
    seed_usd: Exactly
    """What every pool begins with, in whole units of the asset: `100.00`."""
    contribution_rate: Exactly = "0"
    """The part of every wager of the stream that goes into the pool: `0.005` is half a per cent."""
    must_drop_at: MustDrop | None = None

    @property
    def seed_micros(self) -> int:
        """What every pool begins with, in micro-units."""
        return parse(self.seed_usd, MICRO_SCALE)

    @property
    def rate_micros(self) -> int:
        """The contribution rate in millionths."""
        return parse(self.contribution_rate, MICRO_SCALE)

    @property
    def range_micros(self) -> tuple[int, int] | None:
        """Between which pools it drops by itself, in micro-units."""
        found = self.must_drop_at
        return (parse(found.min, MICRO_SCALE), parse(found.max, MICRO_SCALE)) if found else None

    @model_validator(mode="after")
    def _makes_sense(self) -> JackpotSpec:
        if self.rate_micros > MICRO:
            raise ValueError("contribution_rate is above 1: more than the whole wager would go into the pool")
        if self.range_micros is not None:
            least, most = self.range_micros
            if not self.seed_micros < least <= most:
                raise ValueError("must_drop_at needs seed_usd < min <= max, or the pool could begin where it drops")
        return self

    def references(self) -> tuple[Reference, ...]:
        return (Reference("asset", self.asset, "asset"),)


class Hidden(Message):
    """A point between two sizes of the pool that nobody can know yet, bound by the hash of its seed."""

    least: int
    most: int
    """In micro-units."""
    key_id: str
    """Which of the tenant's seed secrets the seed is made from."""
    server_seed_hash: str


class Revealed(Message):
    """Where the pool would have dropped by itself, and the seed that this can be computed again from."""

    least: int
    most: int
    point: int
    """In micro-units."""
    server_seed: str
    server_seed_hash: str


class Contribution(Message):
    """One wager's part of the pool."""

    contribution_id: MessageId
    jackpot: JackpotId
    source_wager_id: WagerId
    player: PlayerId
    micros: Amount
    pool: int
    """The pool afterwards; if this contribution made it drop, the pool that began then."""
    scale: int
    """How many decimals the asset has."""


class JackpotDrop(Message):
    """One pool, won."""

    drop_id: str
    jackpot: JackpotId
    winner: PlayerId
    asset: AssetId
    scale: int
    amount: int
    """What is paid, in the asset's smallest unit: the pool rounded down; the rest begins the next pool."""
    pool_before: int
    pool_after: int
    """In micro-units."""
    trigger_reason: TriggerReason


class ContributeToJackpot(Command, wire="jackpot.contribute"):
    """A settled wager feeds the pool. It moves no money of the player, and counts once."""

    jackpot: JackpotId
    player: PlayerId
    source_wager_id: WagerId
    micros: Amount


class CountJackpotWagers(Command, wire="jackpot.contribute_many"):
    """Wagers of the stream feed the pool, in this order. Never refused: what cannot count is not counted."""

    jackpot: JackpotId
    asset: AssetId
    """What was wagered; a pool of another asset takes nothing of it."""
    entries: tuple[Entry, ...] = Field(min_length=1, max_length=MOST_ENTRIES)


class DropJackpot(Command, wire="jackpot.drop"):
    """The pool is to be paid out now, to this player or to whoever contributed last."""

    jackpot: JackpotId
    winner: PlayerId | None = None


class OpenJackpot(Command, wire="jackpot.open"):
    """Somebody wants to see the hash that hides where the pool drops."""

    jackpot: JackpotId


class FinishJackpotContribution(FollowUp, wire="jackpot.finish_contribution"):
    """The ledger has paid the pool that a contribution made drop; the contributor's operator is told."""

    jackpot: JackpotId
    source_wager_id: WagerId
    contribution: Contribution


class FinishJackpotDrop(FollowUp, wire="jackpot.finish_drop"):
    """The ledger has paid the pool; whoever asked for the drop is told."""

    jackpot: JackpotId
    drop: JackpotDrop


class JackpotEvent(Event):
    """A fact about one jackpot's pool."""

    jackpot: JackpotId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("jackpot", key_of(self.jackpot))


class JackpotOpened(JackpotEvent, wire="jackpot.opened"):
    """A pool begins, under this version of the definition once it is fed; the seed that hides its drop is bound."""

    number: int
    """Counts the jackpot's pools, and their seeds, from 0."""
    definition_version: int
    asset: AssetId
    scale: int
    carried: int
    """Micro-units of the pool before that are less than the asset's smallest unit."""
    pool: int
    """In micro-units: what was carried and the new seed."""
    hidden: Hidden | None = None
    dropped_at: AwareDatetime | None = None
    """Wagers settled until then fed a pool before; a void of such a wager is late."""


class JackpotContributed(JackpotEvent, wire="jackpot.contributed"):
    """One wager fed the pool."""

    contribution_id: MessageId
    player: PlayerId
    source_wager_id: WagerId
    micros: int
    pool: int
    """Afterwards, in micro-units."""


class JackpotWagersCounted(JackpotEvent, wire="jackpot.wagers_counted"):
    """Wagers of the stream changed the pool."""

    entries: int
    micros: int
    """All of them together; voids take away."""
    pool: int
    """Afterwards, in micro-units."""
    last_contributor: PlayerId | None
    """Of this pool, as it stands afterwards."""
    latest: AwareDatetime | None = None
    """When the latest of all wagers of the stream that have fed this pool was settled."""


class JackpotDropped(JackpotEvent, wire="jackpot.dropped"):
    """The pool is owed to its winner from now on, and its seed, if it had one, is revealed."""

    number: int
    definition_version: int
    drop: JackpotDrop
    revealed: Revealed | None = None


class JackpotWagerNoted(Event, wire="jackpot.wager_noted"):
    """This wager has fed this jackpot, and will not do so again."""

    contribution: Contribution

    @property
    def stream(self) -> Stream[Any]:
        return Stream("jackpot_wager", key_of(self.contribution.jackpot, self.contribution.source_wager_id))


class ContributionAnswer(Reply):
    """What the wager brought."""

    contribution: Contribution
    repeated: bool = False
    """Whether the wager had been counted before."""


class JackpotDropAnswer(Reply):
    """The drop, once it has reached the winner's wallet."""

    drop: JackpotDrop


class JackpotTally(Reply):
    """What became of the wagers of one batch."""

    counted: int = 0
    late: int = 0
    """Voids of wagers whose pool was already paid out."""
    drops: int = 0


class JackpotStanding(Reply):
    """The pool as it is now."""

    number: int
    pool: int
    server_seed_hash: str | None = None


_grand: Final = JackpotId("grand")
_contribution: Final = Contribution(
    contribution_id=MessageId("0192f0c1-0000-7000-8000-000000000002"),
    jackpot=_grand,
    source_wager_id="wager-17",
    player=PlayerId("rocket"),
    micros=500_000,
    pool=100_500_000,
    scale=2,
)
_drop: Final = JackpotDrop(
    drop_id="0192f0c1-0000-7000-8000-000000000003",
    jackpot=_grand,
    winner=PlayerId("rocket"),
    asset=USD,
    scale=2,
    amount=10_050,
    pool_before=100_503_000,
    pool_after=100_003_000,
    trigger_reason="manual",
)
_hidden: Final[dict[str, Any]] = {"least": 150_000_000, "most": 200_000_000, "server_seed_hash": "9f" * 32}
_then: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

SAMPLES = (
    ContributeToJackpot(jackpot=_grand, player=PlayerId("rocket"), source_wager_id="wager-17", micros=500_000),
    CountJackpotWagers(
        jackpot=_grand,
        asset=USD,
        entries=(Entry(player=PlayerId("rocket"), micros=5_000, at=_then, wager_id="wager-18"),),
    ),
    DropJackpot(jackpot=_grand, winner=PlayerId("rocket")),
    OpenJackpot(jackpot=_grand),
    FinishJackpotContribution(jackpot=_grand, source_wager_id="wager-17", contribution=_contribution),
    FinishJackpotDrop(jackpot=_grand, drop=_drop),
    JackpotOpened(
        jackpot=_grand,
        number=1,
        definition_version=1,
        asset=USD,
        scale=2,
        carried=3_000,
        pool=100_003_000,
        hidden=Hidden(**_hidden, key_id="k1"),
        dropped_at=_then,
    ),
    JackpotContributed(
        jackpot=_grand,
        contribution_id=_contribution.contribution_id,
        player=PlayerId("rocket"),
        source_wager_id="wager-17",
        micros=500_000,
        pool=100_500_000,
    ),
    JackpotWagersCounted(
        jackpot=_grand, entries=2, micros=8_000, pool=100_511_000, last_contributor=PlayerId("rocket"), latest=_then
    ),
    JackpotDropped(
        jackpot=_grand,
        number=0,
        definition_version=1,
        drop=_drop,
        revealed=Revealed(**_hidden, point=171_234_567, server_seed="3b" * 32),
    ),
    JackpotWagerNoted(contribution=_contribution),
    ContributionAnswer(contribution=_contribution),
    JackpotDropAnswer(drop=_drop),
    JackpotTally(counted=2),
    JackpotStanding(number=0, pool=100_500_000, server_seed_hash="9f" * 32),
    JackpotSpec(
        name="Grand",
        seed_usd="100.00",
        contribution_rate="0.005",
        must_drop_at=MustDrop(min="150.00", max="200.00"),
    ),
)
