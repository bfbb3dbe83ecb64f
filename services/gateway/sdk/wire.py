"""What is sent to the games' doors and what they answer, field by field as the document has it."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from services.gateway.route import Exact, Shown, Strict
from services.gateway.strict import check_id
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.envelope import LONGEST_KEY

MICRO: Final = 1_000_000

Id = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(check_id)]
Uuid = Annotated[str, Field(description="A uuid, in lower case.")]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Quantity = Annotated[int, Field(ge=1, le=LARGEST_AMOUNT)]
IdempotencyKey = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=LONGEST_KEY,
        description="One per logical operation; the same key again repeats the first answer and does nothing.",
    ),
]


class Told(Shown):
    """What is told in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, serialize_by_alias=True, populate_by_name=True)


class Asked(Strict):
    """What is sent, in camelCase. Clients stamp a key on everything that they write."""

    model_config = ConfigDict(alias_generator=to_camel)

    idempotency_key: IdempotencyKey = None


class AskedExactly(Exact):
    """The same where decimal numbers matter."""

    model_config = ConfigDict(alias_generator=to_camel)

    idempotency_key: IdempotencyKey = None


class Plain(Asked):
    """What is sent where the path says it all."""


def number(micro: int) -> int | float:
    """Millionths as programs read them: an integer if it is one."""
    whole, rest = divmod(micro, MICRO)
    return whole if rest == 0 else micro / MICRO


class Error(Told):
    code: str = Field(description="For programs.")
    message: str = Field(description="For people.")
    details: dict[str, Any] | None = Field(default=None, description="Left out where there is nothing more to say.")


class ErrorResponse(Told):
    """What is answered where a request is not granted, and with 202 while a lobby is forming."""

    error: Error


class ApiKey(Told):
    id: Uuid
    prefix: str
    permission_set: Literal["client_sdk", "server_integration"]
    environment: Literal["live", "test"]
    studio_id: str
    game_id: str


class PingResponse(Told):
    ok: Literal[True] = True
    api_key: ApiKey


class Attempt(Told):
    id: str
    event_id: str
    event_window_id: Uuid
    leaderboard_id: Uuid
    player_id: Uuid
    started_at: datetime
    ends_at: datetime
    completed_at: datetime | None
    metrics: dict[str, int | float] = Field(description="As they count: never above a metric's cap.")
    metrics_raw: dict[str, int | float] = Field(description="As they were reported.")
    score: int | float
    status: Literal["in_progress", "completed", "expired", "force_completed"]


class CurrencyEntry(Told):
    type: Literal["currency"] = "currency"
    currency_key: str
    amount: int


class ItemEntry(Told):
    type: Literal["item"] = "item"
    item_key: str
    quantity: int


class CrateEntry(Told):
    type: Literal["crate"] = "crate"
    crate_item_key: str
    quantity: int


Entry = Annotated[CurrencyEntry | ItemEntry | CrateEntry, Field(discriminator="type")]


class Contents(Told):
    entries: list[Entry]


class Grant(Told):
    id: Uuid
    kind: Literal["reward", "crate"]
    contents: Contents
    source_kind: Literal["event_milestone", "event", "crate", "api", "admin"]
    source_ref_id: str | None
    parent_grant_id: Uuid | None
    status: Literal["pending", "claimed", "expired"]
    rolled_at: datetime | None
    claimed_at: datetime | None
    expires_at: datetime | None
    created_at: datetime


class MilestoneFired(Told):
    key: str
    grants: list[Grant]


class Progress(Told):
    attempt: Attempt
    milestones_fired: list[MilestoneFired]


class ProgressResponse(Told):
    """The attempt as it is now, and the milestones that this very report has reached."""

    data: Progress


class Finish(Told):
    attempt: Attempt
    outcome: Literal["completed", "expired"]


class FinishAttemptResponse(Told):
    """The attempt, which counts as it is."""

    data: Finish


class PlayerItemHolding(Told):
    item_key: str
    quantity: int
    metadata: dict[str, Any] = Field(default_factory=dict)
    created_at: datetime
    updated_at: datetime


class PlayerWalletHolding(Told):
    economy_key: str
    balance: int
    metadata: dict[str, Any] = Field(default_factory=dict)
    created_at: datetime
    updated_at: datetime


class ItemMoved(Told):
    item_key: str
    quantity: int = Field(description="What the player holds afterwards.")
    applied: bool = True


class BalanceMoved(Told):
    economy_key: str
    balance: int = Field(description="What the player holds afterwards.")
    applied: bool = True


class ConsumeItemResponse(Told):
    """What is left of the item."""

    data: ItemMoved


class DebitWalletResponse(Told):
    """What is left of the currency."""

    data: BalanceMoved


Reason = Annotated[str | None, Field(max_length=500)]


LARGEST_METRIC: Final = 10**12


def micro_of(sent: Any) -> int:
    """A number as whole millionths, rounded half to even. Raises ValueError."""
    if isinstance(sent, bool) or not isinstance(sent, int | Decimal):
        raise ValueError("must be a number")  # noqa: TRY004 - what is sent is checked, not how it is called
    if not -LARGEST_METRIC <= sent <= LARGEST_METRIC:
        raise ValueError(f"must be at most {LARGEST_METRIC} either way")
    return sent * MICRO if isinstance(sent, int) else int((sent * MICRO).to_integral_value(ROUND_HALF_EVEN))


Micro = Annotated[
    int,
    BeforeValidator(micro_of),
    WithJsonSchema({"type": "number", "minimum": -LARGEST_METRIC, "maximum": LARGEST_METRIC}),
]
"""A number of a body, in millionths; the body is read exactly."""
