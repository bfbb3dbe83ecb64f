"""What a game's own server gives its players to claim, and its word that something has arrived."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter
from pydantic import ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from services.gateway.here import Answer
from services.gateway.route import Strict
from services.gateway.sdk.attempts import Moment
from services.gateway.sdk.common import CREATED, FIGURES, OK, ExternalId, GrantPath, answers
from services.gateway.sdk.shown import grant_of
from services.gateway.sdk.wire import Asked, Grant, Id, Plain, Quantity, Told
from services.gateway.server.common import (
    LONGEST_REFERENCE,
    PREFIX,
    TAGS,
    WRITE,
    Server,
    once_at_server,
)
from shared.ids import AssetId, GrantId, uuid_of
from shared.messages import reward_table as given
from shared.messages.envelope import LONGEST_KEY
from shared.messages.grant import AckGrant, ClaimedAnswer, Gift, GiveGrant, GivenAnswer

ROUTE: Final = "grants"
MOST_METADATA: Final = 50

router = APIRouter(prefix=f"{PREFIX}/players/{{externalId}}/grants", tags=list(TAGS))


class Part(Strict):
    """A part of a body; the key that makes a wish the same again stands beside it."""

    model_config = ConfigDict(alias_generator=to_camel)


class RangeGiven(Part):
    """Any of the numbers `min`, `min + step` and so on, as likely as each other; the last is `max`."""

    min: Quantity
    max: Quantity
    step: Quantity = 1

    @model_validator(mode="after")
    def _has_a_number(self) -> RangeGiven:
        if self.min > self.max:
            raise ValueError("min is above max")
        return self


Many = Quantity | RangeGiven


class CurrencyGiven(Part):
    type: Literal["currency"]
    currency_key: Id
    amount: Many


class ItemGiven(Part):
    type: Literal["item"]
    item_key: Id
    quantity: Many


class CrateGiven(Part):
    type: Literal["crate"]
    crate_item_key: Id
    quantity: Annotated[int, Field(ge=1, le=given.MOST_CRATES)]


EntryGiven = Annotated[CurrencyGiven | ItemGiven | CrateGiven, Field(discriminator="type")]


class GrantBody(Asked):
    idempotency_key: str = Field(min_length=1, max_length=LONGEST_KEY, description="One per grant.")
    kind: Literal["reward", "crate"] = "reward"
    entries: list[EntryGiven] = Field(min_length=1, max_length=given.MOST_ENTRIES)
    source_kind: Literal["api", "admin"] = "api"
    source_ref_id: str | None = Field(default=None, max_length=LONGEST_REFERENCE, description="The game's own name.")
    expires_at: Moment | None = None
    metadata: dict[str, Any] | None = Field(
        default=None, max_length=MOST_METADATA, description="For the game's own use; it is not kept."
    )


class GrantResponse(Told):
    """The grant, as it stands."""

    data: Grant


@router.post(
    "",
    status_code=CREATED,
    response_model=GrantResponse,
    responses=answers(CREATED, *WRITE) | {OK: {"model": GrantResponse, "headers": FIGURES}},
)
async def give(here: Server, external_id: ExternalId, body: GrantBody) -> Answer[GrantResponse]:
    """Give a player something to claim: 201; the same again: 200."""
    tenant, key = here.caller.tenant, body.idempotency_key
    gift = Gift(
        grant_id=GrantId(uuid_of(tenant, "grant", external_id, "api", key)),
        kind=body.kind,
        entries=tuple(_entry(entry) for entry in body.entries),
        source_kind=body.source_kind,
        source_ref=body.source_ref_id,
        expires_at=body.expires_at,
    )
    wish_key = once_at_server(ROUTE, key, external_id)
    told = await here.say(
        "ledger", GiveGrant(player=external_id, gift=gift), GivenAnswer, key=external_id, idempotency_key=wish_key
    )
    first = told.answer.created and not told.repeated
    return Answer(GrantResponse(data=grant_of(told.answer.grant)), CREATED if first else OK)


@router.post("/{grantId}/ack", response_model=GrantResponse, responses=answers(OK, *WRITE))
async def ack(here: Server, external_id: ExternalId, grant_id: GrantPath, body: Plain) -> GrantResponse:
    """Say that a grant has arrived: as if the player had claimed it, also if they are banned."""
    wish = AckGrant(player=external_id, grant_id=grant_id)
    key = once_at_server("ack", body.idempotency_key, external_id, grant_id)
    told = await here.say("ledger", wish, ClaimedAnswer, key=external_id, idempotency_key=key)
    return GrantResponse(data=grant_of(told.answer.grant))


def _entry(entry: CurrencyGiven | ItemGiven | CrateGiven) -> given.Entry:
    match entry:
        case CurrencyGiven():
            return given.CurrencyEntry(asset=AssetId(entry.currency_key), amount=_many(entry.amount))
        case ItemGiven():
            return given.ItemEntry(item=AssetId(entry.item_key), quantity=_many(entry.quantity))
        case CrateGiven():
            return given.CrateEntry(crate=AssetId(entry.crate_item_key), quantity=entry.quantity)


def _many(many: int | RangeGiven) -> given.Quantity:
    return many if isinstance(many, int) else given.Range(min=many.min, max=many.max, step=many.step)
