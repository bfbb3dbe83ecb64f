"""Everything that can be said about a game session: one player at one game in one currency, open while it is used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from shared.ids import AssetId, GameCode, MessageId, OperatorId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Command, Event, FollowUp, Message, Reply
from shared.messages.game import Slug
from shared.messages.seat import Seat
from shared.streams import Stream

IDLE_S: Final = 3_600
"""How long a session stays open after it was last used."""
TOUCH_S: Final = 60
"""How much later a session must be used than is known, to be worth a fact."""

LONGEST_DETAILS: Final = 2_048

TokenHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a session token, in hex. The token itself is nobody's here."""
Units = Annotated[int, Field(ge=0, le=LARGEST_AMOUNT)]
Details = Annotated[str, Field(max_length=LONGEST_DETAILS)]
"""What an operator attaches to a session for itself, as JSON; nobody here reads it."""
WalletKind = Literal["demo", "internal", "callback"]


class Bounds(Message):
    """How much may be staked and won in one round, in the currency's smallest unit; None is no limit."""

    min_bet: Units | None = None
    max_bet: Units | None = None
    max_win: Units | None = None


class Session(Message):
    """A session as it stands."""

    session_id: MessageId
    seat: Seat
    slug: Slug
    wallet: WalletKind
    number: int
    """How often the token has been exchanged; the one of this number alone counts."""
    token_hash: TokenHash
    bounds: Bounds = Field(default_factory=Bounds)
    """What the launch asked for in place of the operator's limits; None leaves those."""
    country: str
    details: Details | None = None
    opened_at: datetime
    used_at: datetime
    expires_at: datetime


class LaunchSession(Command, wire="session.launch"):
    """An operator lets a player in; a session that is open is used further, with its token as it is.

    Bounds, country and details of the last launch hold from then on.
    `session_id` and `token_hash` are those that a new session would have.
    """

    seat: Seat
    wallet: WalletKind
    bounds: Bounds = Field(default_factory=Bounds)
    country: str = Field(max_length=6)
    details: Details | None = None
    token_hash: TokenHash
    session_id: MessageId


class RefreshSession(Command, wire="session.refresh"):
    """A client exchanges its token, once; the old one is dead at once."""

    seat: Seat
    session_id: MessageId
    number: int
    """Of the token that is shown."""
    token_hash: TokenHash
    """Of the token that comes in its place."""


class TouchSession(Command, wire="session.touch"):
    """The session is used, without anything being played."""

    seat: Seat
    session_id: MessageId


class AdmitSession(FollowUp, wire="session.admit"):
    """The ledger has introduced the player, or said why not; if it has, the session is opened."""

    seat: Seat
    wallet: WalletKind
    bounds: Bounds = Field(default_factory=Bounds)
    country: str
    details: Details | None = None
    token_hash: TokenHash
    session_id: MessageId


class SessionFact(Event):
    """A fact about one session; it carries the session as it stands afterwards."""

    session: Session

    @property
    def stream(self) -> Stream[Any]:
        return self.session.seat.session


class SessionRequested(Event, wire="session.requested"):
    """A session is to be opened; the ledger is asked whether the player may play."""

    seat: Seat

    @property
    def stream(self) -> Stream[Any]:
        return self.seat.session


class SessionLaunched(SessionFact, wire="session.launched"):
    """Whoever bears the token plays, until the session is left alone for an hour."""

    demo_balance: int | None = None
    """What a demo session begins with, in the smallest unit."""


class SessionTouched(SessionFact, wire="session.touched"):
    """The session was used, and stays open for longer, or a launch has said something else about it."""


class SessionRefreshed(SessionFact, wire="session.refreshed"):
    """The token was exchanged; the old one counts no more."""


class DemoBalanceMoved(Event, wire="session.demo_balance_moved"):
    """Somebody has staked or won what is no money."""

    seat: Seat
    balance: int

    @property
    def stream(self) -> Stream[Any]:
        return self.seat.session


class SeatAnswer(Reply):
    """The session as it is now."""

    session: Session
    demo_balance: int | None = None


_seat = Seat(
    player=PlayerId("rocket"),
    operator=OperatorId("11111111-2222-4333-8444-555555555555"),
    game=GameCode("dice-alpha"),
    currency=AssetId("USD"),
)
_noon = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_session = Session(
    session_id=MessageId("0192f0c1-0000-7000-8000-000000000007"),
    seat=_seat,
    slug="dice",
    wallet="internal",
    number=0,
    token_hash="3c" * 32,
    country="US",
    opened_at=_noon,
    used_at=_noon,
    expires_at=datetime(2026, 11, 21, 13, 0, tzinfo=UTC),
)
_launch: dict[str, Any] = {
    "seat": _seat,
    "wallet": "internal",
    "country": "US",
    "token_hash": _session.token_hash,
    "session_id": _session.session_id,
}

SAMPLES = (
    LaunchSession(**_launch),
    RefreshSession(seat=_seat, session_id=_session.session_id, number=0, token_hash="4d" * 32),
    TouchSession(seat=_seat, session_id=_session.session_id),
    AdmitSession(**_launch),
    SessionRequested(seat=_seat),
    SessionLaunched(session=_session),
    SessionTouched(session=_session),
    SessionRefreshed(session=_session),
    DemoBalanceMoved(seat=_seat, balance=99_900),
    SeatAnswer(session=_session),
)
