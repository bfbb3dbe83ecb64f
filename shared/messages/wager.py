"""Everything that can be said about wagers that happened elsewhere: the operator's stream, and what is made of it.

`Wager` and `Deposit` are what operators write to the topic `wagers.<tenant>`, keyed `tenant/player`; fields that are
not named here are the operator's own and are left alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field

from shared.ids import AssetId, PlayerId, TenantId, is_id
from shared.messages.base import Command, Event, FollowUp, Message, Reply
from shared.streams import Stream, key_of

WAGERS: Final = "wagers."
"""What the topics' names begin with; a tenant's id follows."""
REMEMBERED: Final = timedelta(days=400)
"""How long it is remembered that a wager has counted; one that is older is not taken."""
AHEAD: Final = timedelta(minutes=5)
"""How far an operator's clock may be ahead of ours."""
MOST_TAKEN: Final = 500
"""Wagers that are passed on to another partition together."""


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError("must be 1 to 128 printable characters without slashes")
    return text


def _above_zero(amount: str) -> str:
    if not amount.strip("0."):
        raise ValueError("must be above 0")
    return amount


SomeId = Annotated[str, AfterValidator(_id)]
Decimals = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?$")]
"""An amount as exact decimal text: below a thousand million, with at most 6 decimals."""


class Streamed(Message):
    """One message of the stream."""

    model_config = ConfigDict(extra="ignore")

    tenant: TenantId
    player: Annotated[PlayerId, AfterValidator(_id)]
    currency: Annotated[AssetId, AfterValidator(_id)]
    at: AwareDatetime


class Wager(Streamed):
    """A wager that was settled, or one that was and is void now."""

    wager_id: SomeId
    game: SomeId
    stake: Decimals
    payout: Decimals
    status: Literal["settled", "void"]
    at: AwareDatetime
    """When it was settled; of a void, the same or when it became void."""


class Deposit(Streamed):
    """A deposit that a player has made with the operator; it moves no money here."""

    deposit_id: SomeId
    amount: Annotated[Decimals, AfterValidator(_above_zero)]
    at: AwareDatetime
    """When it was made."""


def read_streamed(raw: bytes) -> Wager | Deposit:
    """One message of the stream: a wager unless it names a deposit and no wager. Raises ValueError."""
    model = Deposit if b'"deposit_id"' in raw and b'"wager_id"' not in raw else Wager
    return model.model_validate_json(raw)


class TakeWagers(Command, wire="wager.take"):
    """What one batch of a tenant's stream brought; the worker makes it of the messages, and it never travels."""

    here: tuple[Wager | Deposit, ...]
    """Of players of this partition, in the stream's order."""
    astray: tuple[Wager | Deposit, ...] = ()
    """Of players of other partitions: they are passed on, and count there alone."""


class PassWagers(Command, wire="wager.pass"):
    """Wagers of one player that lay in a foreign partition of the stream are to be counted in this one."""

    player: PlayerId
    wagers: tuple[Wager | Deposit, ...] = Field(min_length=1, max_length=MOST_TAKEN)


class NoteWaiting(FollowUp, wire="wager.note_waiting"):
    """The journeys have said which triggers they still wait for from the players that they were told of."""


class Waiting(Message):
    """What the journeys may still need to hear of a player."""

    mark: str
    """Of what was configured when they said so; under another one everything may be needed again."""
    triggers: tuple[str, ...]


class Taken(Message):
    """What one batch did to one target."""

    target: Literal["tournament", "jackpot"]
    key: str
    entries: int
    micros: int
    """All of them together; voids take away."""


class WagersTaken(Event, wire="wager.taken"):
    """One batch of the stream has counted; what it did to each target went there in one message."""

    settled: int = 0
    void: int = 0
    deposits: int = 0
    repeated: int = 0
    """Messages that had counted before."""
    unfit: int = 0
    """Messages that cannot count; each is a dead letter."""
    passed_on: int = 0
    """Messages of players of other partitions."""
    targets: tuple[Taken, ...] = ()

    @property
    def stream(self) -> Stream[Any]:
        return Stream("wagers", key_of("taken"))


class WagererEvent(Event):
    """A fact about what the stream has told of one player."""

    player: PlayerId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("wagerer", key_of(self.player))


class FirstDeposited(WagererEvent, wire="wager.first_deposited"):
    """A player's first deposit, as far as the stream tells."""

    deposit_id: str


class LevelProgressed(WagererEvent, wire="wager.level_progressed"):
    """What a player has wagered brought them this far in the tenant's levels."""

    wagered: int
    """In micro-units of USD, all together; voids take away."""
    level: int
    """How many of the levels have been reached; it never falls."""


class WaitingNoted(WagererEvent, wire="wager.waiting_noted"):
    """The journeys wait for these triggers from the player, until they are configured anew; others need not be told."""

    waiting: Waiting


WagerersEvent = FirstDeposited | LevelProgressed | WaitingNoted


class WagersPassed(Reply):
    """They have counted, now or before."""

    counted: int


WagerCommand = TakeWagers | PassWagers | NoteWaiting

_at: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_player: Final = PlayerId("rocket")
_wager: Final = Wager(
    tenant=TenantId("starlight"),
    player=_player,
    currency=AssetId("USD"),
    at=_at,
    wager_id="wager-17",
    game="starburst",
    stake="2.50",
    payout="0",
    status="settled",
)
_deposit: Final = Deposit(
    tenant=TenantId("starlight"), player=_player, currency=AssetId("USD"), at=_at, deposit_id="deposit-4", amount="20"
)

SAMPLES = (
    _wager,
    _deposit,
    TakeWagers(here=(_wager, _deposit)),
    PassWagers(player=_player, wagers=(_wager,)),
    NoteWaiting(),
    WagersTaken(
        settled=1, deposits=1, targets=(Taken(target="tournament", key="weekend-race", entries=1, micros=2_500_000),)
    ),
    FirstDeposited(player=_player, deposit_id="deposit-4"),
    LevelProgressed(player=_player, wagered=1_002_500_000, level=1),
    WaitingNoted(player=_player, waiting=Waiting(mark="9f86d081884c7d65", triggers=("wager",))),
    WagersPassed(counted=1),
)
