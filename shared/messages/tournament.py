"""Everything that can be said about a tournament as a whole: how it is set up, and how its places are paid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, model_validator

from shared.ids import AssetId, PlayerId, TournamentId
from shared.messages.base import LARGEST_AMOUNT, Amount, Command, Event, FollowUp, Message, Reference, Reply, Spec
from shared.money import MICRO, MICRO_SCALE, parse
from shared.streams import Stream, key_of

WINZ: Final = AssetId("WINZ")
MOST_PLACES: Final = 1_000
"""That one tournament may pay."""
LARGEST_RATE: Final = 1_000_000
"""Points per USD."""
GRACE: Final = timedelta(seconds=60)
"""How long after its end a tournament waits for wagers that were settled before it."""
WHOLE: Final = 100 * MICRO
"""All of the prize pool, in millionths of a per cent."""
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(3000, 1, 1, tzinfo=UTC)


def _exact(number: Decimal) -> Decimal:
    """The number in its shortest form, so that `10`, `10.0` and `"10"` are one definition."""
    units = parse(format(number, "f"), MICRO_SCALE)
    whole, rest = divmod(units, MICRO)
    return Decimal(f"{whole}.{rest:06d}".rstrip("0").rstrip("."))


def _in_reach(at: datetime) -> datetime:
    if not _EARLIEST <= at < _LATEST:
        raise ValueError("must be between the years 2000 and 3000")
    return at.astimezone(UTC)


def _with_amount(pool: Any) -> Any:
    """A bare number is so much of the usual asset."""
    return {"amount": pool} if type(pool) is int else pool


# Both are far below the 15 digits that a JSON number keeps exactly, also in a reader that takes it for a float.
Rate = Annotated[Decimal, Field(ge=0, le=LARGEST_RATE), AfterValidator(_exact)]
Percent = Annotated[Decimal, Field(gt=0, le=100), AfterValidator(_exact)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_reach)]


class PrizePool(Message):
    """What the places share."""

    asset: AssetId = WINZ
    amount: int = Field(ge=0, le=LARGEST_AMOUNT)
    """In the asset's smallest unit."""


class TournamentSpec(Spec, kind="tournament"):
    """How points are scored, until when, and what the best places win. It holds as it was when the first score came."""

    name: str = Field(min_length=1, max_length=128)
    status: Literal["active", "paused"] = "active"
    """A paused tournament takes no scores, from now on; it can still be closed."""
    points_per_usd: Rate
    """At most 6 decimals."""
    prize_pool: Annotated[PrizePool, BeforeValidator(_with_amount)]
    """A bare number is WINZ."""
    prize_structure: tuple[Percent, ...] = Field(
        default=(Decimal(50), Decimal(30), Decimal(20)), min_length=1, max_length=MOST_PLACES
    )
    """Per cent of the pool for the first place, the second and so on; at most 6 decimals each, together at most 100."""
    starts_at: Moment | None = None
    """From when on scores count; none: at once."""
    ends_at: Moment | None = None
    """Until when; then it closes by itself. None: until somebody closes it."""

    @property
    def closes_at(self) -> datetime | None:
        """When it closes by itself: it waits a little for wagers that were settled before its end."""
        return None if self.ends_at is None else self.ends_at + GRACE

    @property
    def rate_micros(self) -> int:
        """Points per USD in millionths."""
        return parse(self.points_per_usd, MICRO_SCALE)

    @property
    def shares(self) -> tuple[int, ...]:
        """What each place gets, in millionths of a per cent; WHOLE is all of the pool."""
        return tuple(parse(percent, MICRO_SCALE) for percent in self.prize_structure)

    @model_validator(mode="after")
    def _makes_sense(self) -> TournamentSpec:
        if sum(self.shares) > WHOLE:
            raise ValueError("prize_structure adds up to more than 100 per cent of the pool")
        if self.starts_at is not None and self.ends_at is not None and self.starts_at >= self.ends_at:
            raise ValueError("ends_at must come after starts_at")
        return self

    def references(self) -> tuple[Reference, ...]:
        return (Reference("asset", self.prize_pool.asset, "prize_pool.asset"),)


class CloseTournament(Command, wire="tournament.close"):
    """The tournament is to end now and its places are to be paid."""

    tournament: TournamentId


class EndTournament(Command, wire="tournament.end"):
    """The time of a tournament is over, and so is the grace for wagers under way: it closes by itself."""

    tournament: TournamentId


class PayPlaces(Command, wire="tournament.pay_places"):
    """The next page of places is to be paid."""

    tournament: TournamentId
    after: int = Field(ge=0, le=MOST_PLACES)
    """The last rank of the page before."""


class CountPayout(FollowUp, wire="tournament.count_payout"):
    """The ledger has paid one place."""

    tournament: TournamentId
    rank: int


class TellClosed(Command, wire="tournament.tell_closed"):
    """Somebody asked to close a tournament that was just being closed, and is told once it is."""

    tournament: TournamentId
    tries: int = 0


class TournamentEvent(Event):
    """A fact about the tournament as a whole."""

    tournament: TournamentId

    @property
    def stream(self) -> Stream[Any]:
        return Stream("tournament", key_of(self.tournament))


class TournamentBegun(TournamentEvent, wire="tournament.begun"):
    """The first score came. From now on this version of the definition holds, whatever is put after it."""

    definition_version: int


class TournamentClosing(TournamentEvent, wire="tournament.closing"):
    """Nothing counts any more; the places are being paid."""

    definition_version: int
    called: bool
    """Whether somebody asked for it and waits, or its time was over."""


class Payout(Message):
    """One place and what it wins."""

    rank: int
    player: PlayerId
    amount: Amount
    """In the pool asset's smallest unit."""


class TournamentPlaced(TournamentEvent, wire="tournament.placed"):
    """These places have won this, and it is owed from now on."""

    asset: AssetId
    payouts: tuple[Payout, ...]
    more: bool
    """Whether there are further places to look at."""


class TournamentPayoutMade(TournamentEvent, wire="tournament.payout_made"):
    """The ledger has answered for this place."""

    rank: int
    paid: bool = True
    """False if people gave the payment up."""


class TournamentClosed(TournamentEvent, wire="tournament.closed"):
    """Every place is paid."""

    definition_version: int
    places: int
    total_paid: int
    """In the pool asset's smallest unit."""


class TournamentCloseAnswer(Reply):
    """The tournament is closed and every place is paid; the payouts stand in the view of the same commit."""

    tournament: TournamentId
    places: int
    total_paid: int
    """In the pool asset's smallest unit."""
    repeated: bool = False
    """Whether it was closed by somebody else, or by its time."""


TournamentCommand = CloseTournament | EndTournament | PayPlaces | CountPayout | TellClosed
TournamentFact = TournamentBegun | TournamentClosing | TournamentPlaced | TournamentPayoutMade | TournamentClosed

_race: dict[str, Any] = {"tournament": "weekend-race"}
_won = Payout(rank=1, player=PlayerId("rocket"), amount=5_000)

SAMPLES = (
    CloseTournament(**_race),
    EndTournament(**_race),
    PayPlaces(**_race, after=500),
    CountPayout(**_race, rank=1),
    TellClosed(**_race),
    TournamentBegun(**_race, definition_version=1),
    TournamentClosing(**_race, definition_version=1, called=True),
    TournamentPlaced(**_race, asset=WINZ, payouts=(_won,), more=False),
    TournamentPayoutMade(**_race, rank=1),
    TournamentClosed(**_race, definition_version=1, places=1, total_paid=5_000),
    TournamentCloseAnswer(**_race, places=1, total_paid=5_000),
    TournamentSpec(name="Weekend race", points_per_usd=Decimal(10), prize_pool=PrizePool(amount=10_000)),
)
