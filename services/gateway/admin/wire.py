"""What is sent to the admin door and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from services.gateway.route import ErrorBody, Shown, Strict
from services.gateway.strict import check_id
from shared.ids import AssetId
from shared.messages.base import LARGEST_AMOUNT
from shared.messages.envelope import LONGEST_KEY
from shared.messages.player import LONGEST_PASSWORD, SHORTEST_PASSWORD, Status
from shared.messages.project import MOST_PERMISSIONS, Permission
from shared.messages.wheel_spec import MOST_BONUS_SPINS

Id = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(check_id)]
Spec = Annotated[dict[str, Any], Field(description="The kind's own fields.")]


class AdminErrorBody(ErrorBody):
    """Why a request is not granted."""

    path: str | None = Field(default=None, description="The field that is wrong, such as `spec.prizes[0].weight`.")


class DefinitionBody(Strict):
    """What a `GET` gave can be put under another key: only `spec` counts."""

    spec: Spec
    kind: str | None = None
    key: str | None = None
    version: int | None = None


class DefinitionShown(Shown):
    kind: str
    key: str
    version: int
    spec: Spec


class DefinitionPut(DefinitionShown):
    changed: bool = Field(description="Whether this request made the version.")


class DefinitionRemoved(Shown):
    kind: str
    key: str
    version: int
    changed: bool


class Definitions(Shown):
    definitions: list[DefinitionShown]


class MoneyBody(Strict):
    asset: Id
    amount: Annotated[int, Field(gt=0, le=LARGEST_AMOUNT, description="In the asset's smallest unit.")]
    reason: Annotated[str, Field(max_length=500)] = ""
    idempotency_key: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)] | None = None


class Moved(Shown):
    transaction_id: str
    player: str
    asset: AssetId
    amount: int
    balance: int = Field(description="What the player holds of it afterwards.")
    deduped: bool


class PasswordBody(Strict):
    password: Annotated[str, Field(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]


class PasswordSet(Shown):
    player: str
    changed: bool = Field(description="Whether it was another one before.")


class AccessBody(Strict):
    permissions: Annotated[list[Permission], Field(max_length=MOST_PERMISSIONS)]
    project: Id | None = Field(default=None, description="Needed where the tenant has several.")


class Access(Shown):
    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - no secret
    expires_in: int = Field(description="In seconds.")


class BonusSpinsBody(Strict):
    player: Annotated[Id, Field(description="The player's name or uuid.")]
    count: Annotated[int, Field(ge=1, le=MOST_BONUS_SPINS)]
    idempotency_key: Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)] | None = None


class BonusSpinsGranted(Shown):
    player: str
    wheel: str
    bonus_spins_remaining: int = Field(description="What the player has afterwards.")
    deduped: bool


class PersonShown(Shown):
    email: str | None
    date_of_birth: str | None


class BalanceShown(Shown):
    asset: AssetId
    balance: int
    scale: int
    updated_at: datetime


class PromiseShown(Shown):
    engine: str
    entity: str
    number: int
    next_server_seed_hash: str


class LastRoundShown(Shown):
    round_id: str
    currency: str
    status: str
    stake: int = Field(description="In the currency's smallest unit, like the payout.")
    payout: int
    begun_at: datetime


class TableShown(Shown):
    """Where the player plays a game."""

    operator: str
    game: str
    server_seed_hash: str
    last_round: LastRoundShown | None = Field(description="What was begun there last; an open round is this one.")


class PlayerShown(Shown):
    """Everything the system knows of a player."""

    tenant: str
    player: str
    user_id: str
    status: Status
    external_ref: str | None
    country_code: str | None
    created_at: datetime
    updated_at: datetime
    banned: bool = Field(description="Whether a game has shut the player out, whatever the status.")
    erased_at: datetime | None = Field(description="When everything that says who the player is was erased.")
    person: PersonShown | None
    balances: list[BalanceShown]
    facts: dict[str, int] = Field(description="How many facts stand in each of the player's own histories.")
    promises: list[PromiseShown]
    tables: list[TableShown]


class PartitionShown(Shown):
    part: int
    event_pos: int
    relayed_pos: int
    epoch: int
    owner: str
    last_at: datetime
    dead_letters: int = Field(description="Open ones.")
    unanswered: int
    next_offset: int
    lag: int | None = Field(description="Messages that wait; null where the bus does not tell.")


class StatusShown(Shown):
    services: dict[str, list[PartitionShown]]
