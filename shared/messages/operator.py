"""What an operator is: who embeds our games, whose wallet pays for them, and how much may be staked and won."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, model_validator

from shared.ids import AssetId
from shared.messages.base import Amount, Exactly, Message, Reference, Spec

MOST_CURRENCIES: Final = 200
MOST_GAMES: Final = 500
MOST_COUNTRIES: Final = 300

Wallet = Literal["internal", "callback"]
Signature = Literal["v1", "v0"]
Url = Annotated[str, Field(pattern=r"^https?://[^\s?#]+$", max_length=2_048)]


class BetLimits(Message):
    """How much may be staked and won in one round; decimal text in the session's currency, None is no limit."""

    min_bet: Exactly | None = None
    max_bet: Exactly | None = None
    max_win: Exactly | None = None
    """A single bet that could win more is refused; a round that reaches it settles by itself, at this."""

    @model_validator(mode="after")
    def _something_can_be_bet(self) -> BetLimits:
        if self.min_bet is not None and self.max_bet is not None and Decimal(self.min_bet) > Decimal(self.max_bet):
            raise ValueError("min_bet is more than max_bet")
        return self


class OperatorSpec(Spec, kind="operator"):
    """An operator, known by its uuid. The secret is kept sealed: `secret` is sealed before anybody hears of it."""

    secrets: ClassVar[Mapping[str, str]] = {"secret": "secret_sealed"}

    name: str = Field(min_length=1, max_length=128)
    status: Literal["active", "inactive"] = "active"
    secret_sealed: str = Field(min_length=1, max_length=1_024)
    """What requests are signed with both ways; only the platform can open it."""
    signature: Signature = "v1"
    """What its requests sign: timestamp, path and body, or as long ago timestamp and body alone."""
    wallet: Wallet = "internal"
    """Whether the money stands in this ledger, or with the operator, who is called."""
    callback_url: Url | None = None
    """The base that `/debit` and the others are added to."""
    statement_url: Url | None = None
    """Where the operator tells its own book of the rounds, for `fairground reconcile`."""
    currencies: tuple[AssetId, ...] = Field(min_length=1, max_length=MOST_CURRENCIES)
    games: tuple[str, ...] | None = Field(default=None, max_length=MOST_GAMES)
    """The game codes that may be launched; None is all."""
    limits: BetLimits = Field(default_factory=BetLimits)
    game_limits: dict[str, BetLimits] = Field(default_factory=dict, max_length=MOST_GAMES)
    """By game code, in place of `limits` where a field is set."""
    iframe_base: str = Field(default="/play", pattern=r"^(https?://|/)[^\s?#]*$", max_length=2_048)
    """What the game's slug is added to in a launch URL."""
    countries_refused: tuple[str, ...] = Field(default=(), max_length=MOST_COUNTRIES)
    """Countries, or regions such as `CA-ON`, that nobody may play from."""
    demo_balance: Amount = 100_000
    """What a demo session begins with, in the currency's smallest unit."""
    demo: bool = False
    """Published credentials: refused unless the environment is `demo` or `test`."""

    def limits_of(self, game: str) -> BetLimits:
        """What holds for one game code."""
        own = self.game_limits.get(game)
        return self.limits if own is None else self.limits.model_copy(update=own.model_dump(exclude_none=True))

    def references(self) -> Iterable[Reference]:
        for place, currency in enumerate(self.currencies):
            yield Reference("asset", currency, f"currencies[{place}]")

    @model_validator(mode="after")
    def _a_callback_wallet_can_be_called(self) -> OperatorSpec:
        if self.wallet == "callback" and self.callback_url is None:
            raise ValueError("callback_url: an operator with wallet callback says where it is called")
        return self


SAMPLES = (
    OperatorSpec(
        name="Demo operator",
        secret_sealed="AAAA",  # noqa: S106 - sealed: it says nothing
        currencies=(AssetId("USD"),),
        limits=BetLimits(min_bet="0.01", max_bet="1000", max_win="100000"),
        demo=True,
    ),
)
