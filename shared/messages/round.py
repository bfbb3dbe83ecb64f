"""Everything that can be said about a round: it is staked, played, settled and paid, or it is void."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final, Literal

from shared.ids import AccountId, AssetId, GameCode, MessageId, OperatorId, PlayerId, RoundId
from shared.messages.base import Command, Event, FollowUp, Message, Reply
from shared.messages.game import Slug
from shared.messages.games.dice import DiceBet, DiceShown
from shared.messages.games.mines import MinesReveal
from shared.messages.play import Move, Opening, Shown
from shared.messages.seat import Seat
from shared.messages.session import WalletKind
from shared.streams import Stream

STAKES: Final = AccountId("stakes")
"""The house account that stakes are paid to."""
PAYOUTS: Final = AccountId("payouts")
"""The house account that payouts are paid from."""

Status = Literal["initializing", "open", "paying", "settled", "voided"]
"""The stake is asked for; it is played; the payout is asked for; it is over; it never counted."""
Movement = Literal["debit", "credit", "rollback"]
MoneyStatus = Literal["asked", "done", "refused", "unknown", "not_sent", "unknown_transaction"]


class Transaction(Message):
    """One movement of a round's money, as it stands.

    Stake and payout of a round that is over with its opening may be one transfer, which is told as its debit.
    """

    transaction_id: str
    """Stable over all tries; a rollback bears that of its debit."""
    movement: Movement
    amount: int
    """In the currency's smallest unit."""
    status: MoneyStatus = "asked"
    tries: int = 1
    unheard: int = 0
    """Of a rollback: how often it was answered that there is no such debit."""


class Round(Message):
    """A round as it stands."""

    round_id: RoundId
    seat: Seat
    session_id: MessageId
    slug: Slug
    wallet: WalletKind
    definition_version: int
    """Of the game code; what was begun under it is finished under it."""
    scale: int
    """How many decimals the currency has."""
    pair_number: int
    pair_id: str
    server_hash: str
    client_seed: str
    nonce: int
    opening: Opening
    status: Status
    stake: int
    """All that has been staked, in the smallest unit; what is still asked for is not counted, except the first."""
    payout: int = 0
    multiplier: str = "0"
    """What one unit of the opening amount has come to, as an exact fraction such as `99/50`."""
    max_win: int | None = None
    """What the round settles at by itself, in the smallest unit."""
    shown: Shown
    moves: int = 0
    begun_at: datetime
    ended_at: datetime | None = None


class BeginRound(Command, wire="round.begin"):
    """A player stakes something at a table. The answer tells nothing before the wallet has answered."""

    aside = frozenset({"session_id", "number"})

    seat: Seat
    session_id: MessageId
    number: int
    """Of the session's token."""
    opening: Opening


class MoveRound(Command, wire="round.move"):
    """A player goes on with the open round."""

    aside = frozenset({"session_id", "number", "balance", "may_stake"})

    seat: Seat
    session_id: MessageId
    number: int
    round_id: RoundId
    move: Move
    balance: int | None = None
    """What the player held when asking, where that was known: told again with a move that moves no money."""
    may_stake: bool = True
    """Whether a move that costs is taken; one that costs nothing is, so that what is open can be ended."""


class RoundFollowUp(FollowUp):
    """A wallet has answered for a round."""

    seat: Seat
    round_id: RoundId
    transaction: Transaction
    scale: int
    """Of the currency: how many decimals an operator's wallet is told."""


class StakeAnswered(RoundFollowUp, wire="round.stake_answered"):
    """The first stake was taken, or not; of a single bet in this ledger, its payout came with it."""


class MoveAnswered(RoundFollowUp, wire="round.move_answered"):
    """The further stake of a move was taken, or not; if not, only that move is undone."""

    move: Move


class PayoutAnswered(RoundFollowUp, wire="round.payout_answered"):
    """The payout has arrived, or will be tried again."""


class RollbackAnswered(RoundFollowUp, wire="round.rollback_answered"):
    """A debit that nobody knew of is taken back, or will be tried again."""


class RetryMoney(Command, wire="round.retry_money"):
    """It is time to ask a wallet again: for a credit until it is paid, for a rollback until it is settled."""

    seat: Seat
    round_id: RoundId
    transaction: Transaction
    scale: int


class RoundFact(Event):
    """A fact about one round; it carries the round as it stands afterwards."""

    round: Round
    transaction: Transaction | None = None
    """The movement of money that this is about, as it stands afterwards."""

    @property
    def stream(self) -> Stream[Any]:
        return self.round.seat.stream


class RoundBegun(RoundFact, wire="round.begun"):
    """A nonce is spent on this round, whatever becomes of it."""


class RoundOpened(RoundFact, wire="round.opened"):
    """The stake is there; the player goes on."""


class RoundMoving(RoundFact, wire="round.moving"):
    """A move costs a further stake, which is asked for."""

    move: Move


class RoundMoved(RoundFact, wire="round.moved"):
    """A move counts."""

    move: Move


class MoveDenied(RoundFact, wire="round.move_denied"):
    """The further stake was not taken, so that move never was."""

    code: str


class RoundSettled(RoundFact, wire="round.settled"):
    """It is decided what the round pays. If something is still owed its status is `paying`."""

    move: Move | None = None
    """What ended it, if a move did."""


class RoundPaid(RoundFact, wire="round.paid"):
    """The payout has arrived."""


class RoundVoided(RoundFact, wire="round.voided"):
    """The stake was not taken, or nobody can tell; the round never counted and keeps its nonce."""

    code: str


class RoundMoneyMoved(Event, wire="round.money_moved"):
    """Something became known of a movement of money beside the round itself: a try, a rollback, a closing call."""

    seat: Seat
    round_id: RoundId
    transaction: Transaction
    wallet: WalletKind = "callback"

    @property
    def stream(self) -> Stream[Any]:
        return self.seat.stream


class RoundAnswer(Reply):
    """The round as it stands after the wish."""

    round: Round
    balance: int | None = None
    """What the player holds afterwards, in the smallest unit; None where nobody has said."""


_seat = Seat(
    player=PlayerId("rocket"),
    operator=OperatorId("11111111-2222-4333-8444-555555555555"),
    game=GameCode("dice-alpha"),
    currency=AssetId("USD"),
)
_round = Round(
    round_id=RoundId("0192f0c1-0000-7000-8000-000000000008"),
    seat=_seat,
    session_id=MessageId("0192f0c1-0000-7000-8000-000000000007"),
    slug="dice",
    wallet="internal",
    definition_version=1,
    scale=2,
    pair_number=0,
    pair_id="0c7be1f6-95a5-5a0e-9b0e-3f0b8a1c7d11",
    server_hash="9f" * 32,
    client_seed="4be1c0ffee4be1c0",
    nonce=7,
    opening=DiceBet(amount=100, over=5_000),
    status="settled",
    stake=100,
    payout=198,
    multiplier="9900/4999",
    shown=DiceShown(over=5_000, roll=7_312),
    begun_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
    ended_at=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
)
_money = Transaction(transaction_id="7a1de1f6-95a5-5a0e-9b0e-3f0b8a1c7d33", movement="debit", amount=100)
_of: dict[str, Any] = {"seat": _seat, "round_id": _round.round_id, "transaction": _money}
_told: dict[str, Any] = {**_of, "scale": 2}
_move = MinesReveal(field=7)
_wish: dict[str, Any] = {"seat": _seat, "session_id": _round.session_id, "number": 0}

SAMPLES = (
    BeginRound(**_wish, opening=_round.opening),
    MoveRound(**_wish, round_id=_round.round_id, move=_move),
    StakeAnswered(**_told),
    MoveAnswered(**_told, move=_move),
    PayoutAnswered(**_told),
    RollbackAnswered(**_told),
    RetryMoney(**_told),
    RoundBegun(round=_round, transaction=_money),
    RoundOpened(round=_round),
    RoundMoving(round=_round, move=_move, transaction=_money),
    RoundMoved(round=_round, move=_move),
    MoveDenied(round=_round, code="insufficient_balance", transaction=_money),
    RoundSettled(round=_round),
    RoundPaid(round=_round, transaction=_money),
    RoundVoided(round=_round, code="insufficient_balance", transaction=_money),
    RoundMoneyMoved(**_of),
    RoundAnswer(round=_round, balance=10_098),
)
