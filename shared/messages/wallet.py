"""Everything that can be said about a wallet: money comes, money goes, and every movement adds up to nothing."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from shared.ids import AccountId, AssetId, PlayerId
from shared.messages.base import LARGEST_AMOUNT, Amount, Command, Event, Message, Reply, Spec
from shared.streams import Stream, key_of

PLAYER: Final = AccountId("player")
"""The player's own side of a posting."""
UNCLAIMED: Final = AccountId("unclaimed")
"""Where a payout goes that its player cannot receive."""
MOST_LEGS: Final = 20

Reason = Annotated[str, Field(max_length=500)]


def _of_the_house(account: AccountId) -> AccountId:
    if account == PLAYER:
        raise ValueError("the other side is a house account; `player` is the player's own")
    return account


def _not_zero(amount: int) -> int:
    if amount == 0:
        raise ValueError("a leg moves something")
    return amount


HouseAccount = Annotated[AccountId, Field(min_length=1, max_length=128), AfterValidator(_of_the_house)]
SignedAmount = Annotated[int, Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT), AfterValidator(_not_zero)]


class Leg(Message):
    """One part of a transfer, seen from the player: positive comes, negative goes."""

    asset: AssetId
    amount: SignedAmount
    """In the asset's smallest unit, never zero."""
    account: HouseAccount
    """The house account on the other side."""


class Posting(Message):
    """One line of a ledger transaction; the lines of one transaction sum to zero per asset."""

    account: AccountId
    asset: AssetId
    amount: int
    """In the asset's smallest unit; positive comes to the account."""
    balance: int | None = None
    """What the player's balance is afterwards; house accounts are summed in their view."""


class MoneyCommand(Command):
    """A wish that moves one amount of one asset between a player and a house account."""

    player: PlayerId
    asset: AssetId
    amount: Amount
    account: HouseAccount
    reason: Reason = ""
    play: bool = False
    """Whether it is part of a game: a stake, what was won with it, or a stake given back. Daily limits count these."""


class CreditWallet(MoneyCommand, wire="wallet.credit"):
    """Give the player money. Refused for a player who is unknown or blocked."""

    despite_ban: bool = False
    """Whether a ban does not stand in the way: a game's own server still writes; any other status does."""


class DebitWallet(MoneyCommand, wire="wallet.debit"):
    """Take money from the player. Refused if the balance does not cover it."""

    despite_ban: bool = False
    """See CreditWallet."""


class PayWallet(MoneyCommand, wire="wallet.pay"):
    """Pay out what was won. It cannot be refused: what a player cannot receive is kept as unclaimed."""


class RefundWallet(MoneyCommand, wire="wallet.refund"):
    """Give back what was taken. It cannot be refused either."""

    day: str | None = None
    """If it was a stake: the day that it counted toward, as its answer said."""


class TransferWallet(Command, wire="wallet.transfer"):
    """Several movements at once or none. What goes must be covered before what comes is counted.

    Of a game only what goes can be refused: what comes and cannot be received is kept as unclaimed.
    """

    player: PlayerId
    legs: tuple[Leg, ...] = Field(min_length=1, max_length=MOST_LEGS)
    reason: Reason = ""
    play: bool = False
    """See MoneyCommand."""


class CountDeposits(Command, wire="wallet.count_deposits"):
    """The player has deposited with the operator, elsewhere. No money moves here, and nothing is refused."""

    player: PlayerId
    amounts: dict[AssetId, Amount] = Field(min_length=1, max_length=MOST_LEGS)
    """In each asset's smallest unit."""


Operation = Literal["opening", "credit", "debit", "transfer", "pay", "refund"]


class WalletPosted(Event, wire="wallet.posted"):
    """A ledger transaction happened; its postings sum to zero per asset."""

    player: PlayerId
    operation: Operation
    postings: tuple[Posting, ...]
    reason: str = ""
    day: str | None = None
    """If it is part of a game: the day in UTC that it counts toward."""

    @property
    def stream(self) -> Stream[Any]:
        return Stream("wallet", key_of(self.player))


class WalletDepositsCounted(Event, wire="wallet.deposits_counted"):
    """Deposits made elsewhere count toward the player's daily limit."""

    player: PlayerId
    day: str
    """In UTC, as 2026-11-21."""
    amounts: dict[AssetId, int]
    over: tuple[AssetId, ...] = ()
    """The assets of which more has been deposited on this day than the player's limit allows."""

    @property
    def stream(self) -> Stream[Any]:
        return Stream("wallet", key_of(self.player))


class DepositsAnswer(Reply):
    """They have been counted."""

    over: tuple[AssetId, ...] = ()


class WalletAnswer(Reply):
    """What the player holds afterwards of the assets that it is about."""

    transaction_id: str
    player: PlayerId
    balances: dict[AssetId, int]
    unclaimed: bool = False
    """Whether a payout was kept because the player cannot receive it."""
    day: str | None = None
    """If it is part of a game: the day in UTC that it counts toward."""


class AssetSpec(Spec, kind="asset"):
    """A currency or points; amounts of it are integers in its smallest unit."""

    lasting = ("scale",)
    unlike = ("item",)

    name: str = Field(min_length=1, max_length=64)
    scale: int = Field(default=0, ge=0, le=8)
    """How many decimals its amounts have when shown."""
    icon_url: str | None = Field(default=None, max_length=2_048)
    description: str = Field(default="", max_length=2_000)
    asset_kind: Literal["currency", "progression"] = "currency"
    """What games tell it from: money to spend, or progress such as experience points."""


MovingCommand = CreditWallet | DebitWallet | PayWallet | RefundWallet | TransferWallet
WalletCommand = MovingCommand | CountDeposits
WalletEvent = WalletPosted | WalletDepositsCounted

_moved: dict[str, Any] = {"player": "rocket", "asset": "WINZ", "amount": 1500, "account": "rewards"}

SAMPLES = (
    CreditWallet(**_moved, reason="apology"),
    DebitWallet(**_moved),
    PayWallet(**_moved, reason="lootbox starter-box"),
    RefundWallet(**_moved),
    TransferWallet(
        player=PlayerId("rocket"),
        legs=(
            Leg(asset=AssetId("USD"), amount=-100, account=AccountId("stakes")),
            Leg(asset=AssetId("USD"), amount=198, account=AccountId("payouts")),
        ),
    ),
    CountDeposits(player=PlayerId("rocket"), amounts={AssetId("USD"): 2_000}),
    WalletDepositsCounted(player=PlayerId("rocket"), day="2026-11-21", amounts={AssetId("USD"): 2_000}),
    DepositsAnswer(),
    WalletPosted(
        player=PlayerId("rocket"),
        operation="pay",
        postings=(
            Posting(account=PLAYER, asset=AssetId("WINZ"), amount=1500, balance=11_500),
            Posting(account=AccountId("rewards"), asset=AssetId("WINZ"), amount=-1500),
        ),
        reason="lootbox starter-box",
    ),
    WalletAnswer(
        transaction_id="0192f0c1-0000-7000-8000-000000000001",
        player=PlayerId("rocket"),
        balances={AssetId("WINZ"): 11_500},
    ),
    AssetSpec(name="Winz", scale=0),
)
