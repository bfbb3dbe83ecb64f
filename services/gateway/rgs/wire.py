"""What is sent to the games' door and what it answers, field by field; what is said in games, each game says itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator
from pydantic.alias_generators import to_camel

from services.gateway.rgs.errors import Category
from services.gateway.rgs.games.every import AnyData, AnyQuery, AnyResult, AnyState, AnyVerified, AnyVerify
from services.gateway.rgs.games.manner import Asked, Decimals, Said
from services.gateway.route import Exact, Shown, Strict
from services.gateway.strict import check_id
from shared.messages.seed_pair import ClientSeed

MOST_ROUNDS: Final = 100
USUAL_ROUNDS: Final = 10
LONGEST_SEED: Final = 256
LARGEST_NONCE: Final = 2**53

Id = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(check_id)]
LobbyUrl = Annotated[str, Field(max_length=2_048, pattern=r"^https?://[^\s]+$")]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


def _as_sent(value: Any, _: ValidatorFunctionWrapHandler) -> Mapping[str, Any]:
    """What is said is for the session's game to understand, and which that is shows later."""
    if not isinstance(value, dict):
        raise ValueError("must be an object")  # noqa: TRY004 - this is what a validator raises
    return value


class Envelope(Exact):
    """What is sent: names in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


class RgsErrorBody(Shown):
    """Why a request is not granted."""

    category: Category = Field(description="Where to look.")
    code: str = Field(description="For programs, such as `ERROR_CODE_INSUFFICIENT_FUNDS`.")
    message: str = Field(description="For people; not to be shown to players as it is.")


class BetLimitsBody(Envelope):
    """In place of the operator's own limits, for one session: `0 ≤ minBet ≤ maxWin ≤` the operator's maxWin."""

    min_bet: Decimals
    max_win: Decimals


class LaunchBody(Envelope):
    country_code: str = Field(
        min_length=2, max_length=6, pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", description="Such as `US` or `CA-ON`."
    )
    currency: Id
    game_code: Id
    player_id: Id | None = Field(default=None, description="Needed unless it is a demo.")
    demo: bool = False
    bet_limits: BetLimitsBody | None = None
    details: dict[str, Any] | None = Field(default=None, description="Kept with the session as it is.")
    lobby_url: LobbyUrl | None = None


class Launched(Said):
    launch_url: str = Field(description="To be embedded: its query has the session's token.")


class GameRow(Said):
    game_code: str
    slug: str
    title: str
    rtp: str = Field(description="What comes back of all that is staked, such as `0.99`.")


class Games(Said):
    games: list[GameRow]


class Currencies(Said):
    currencies: list[str]


class RoundBody(Envelope):
    message: Annotated[AnyQuery, WrapValidator(_as_sent), Field(description="Of the session's game.")]


class RoundPlayed(Said):
    message: AnyResult
    round_id: str


class Current(Said):
    balance: str
    active: bool
    round_id: str | None = None
    game_id: str | None = None
    round_data: AnyData | None = Field(default=None, description="What the round was begun with.")
    state: AnyState | None = None


class RoundResult(Said):
    payout: str
    multiplier: str = Field(description="Rounded down to two decimals.")
    exact_multiplier: str = Field(description="A fraction, such as `9900/4999`.")


class RoundDetails(Said):
    id: str
    game_id: str
    slug: str = Field(description="Which game it is, such as `dice`.")
    rtp: str | None = Field(default=None, description="What comes back of all that is staked at this code: `0.99`.")
    table: list[str] | None = Field(
        default=None, description="What the round's board pays, if the code has a pay table of its own for it."
    )
    amount: str = Field(description="All that was staked.")
    active: bool
    status: str = Field(description="`initializing`, `open`, `paying`, `settled` or `voided`.")
    created_at: datetime
    ended_at: datetime | None = None
    max_win: str | None = Field(default=None, description="What the round settles at by itself, if there is a limit.")
    result: RoundResult | None = None


class RoundSeed(Said):
    id: str
    server_hash: Hash
    client_seed: str
    nonce: int
    server_seed: str | None = Field(default=None, description="Once the pair has retired.")


class RoundShown(Said):
    round: RoundDetails
    seed: RoundSeed
    round_data: AnyData
    state: AnyState


class HistoryQuery(Strict):
    limit: int = Field(default=USUAL_ROUNDS, ge=1, le=MOST_ROUNDS)


class HistoryRow(Said):
    id: str
    wager: str
    payout: str
    multiplier: str
    created_at: datetime


class History(Said):
    rounds: list[HistoryRow]


class PlayerBalance(Said):
    balance: str


class VerifyMessage(Asked):
    verify: AnyVerify


class VerifyBody(Envelope):
    server_seed: str = Field(min_length=1, max_length=LONGEST_SEED)
    client_seed: str = Field(min_length=1, max_length=LONGEST_SEED)
    nonce: int = Field(ge=0, le=LARGEST_NONCE)
    message: Annotated[VerifyMessage, WrapValidator(_as_sent), Field(description="Of the session's game.")]


class VerifiedMessage(Said):
    verify: AnyVerified


class Verified(Said):
    message: VerifiedMessage


class ActiveSeed(Said):
    server_hash: Hash
    client_seed: str
    nonce: int = Field(description="Of the next round.")


class CurrentSeed(ActiveSeed):
    id: str
    upcoming_server_hash: Hash


class UpcomingSeed(Said):
    server_hash: Hash


class RotateBody(Envelope):
    client_seed: ClientSeed | None = Field(default=None, description="Made up unless given.")


class Rotated(Said):
    previous_id: str
    previous_server_seed: str
    active: ActiveSeed
    upcoming_server_hash: Hash


class RevealBody(Envelope):
    id: str = Field(min_length=1, max_length=64, description="Of a pair that has retired.")


class Revealed(Said):
    id: str
    server_seed: str
    server_hash: Hash
    client_seed: str
    nonce: int = Field(description="How many rounds it was used for.")


class Refreshed(Said):
    session_token: str
    expires_at: datetime
