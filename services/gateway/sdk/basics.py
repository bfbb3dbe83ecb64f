"""What a game's client asks first: whether its key is good, what time it is, which items and currencies there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator, Field

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.route import Strict
from services.gateway.sdk.common import OK, PREFIX, READ, TAGS, Looks, answers, game_of
from services.gateway.sdk.wire import ApiKey, PingResponse, Told
from shared.messages.access import TenantSpec
from shared.messages.item import ItemSpec
from shared.messages.wallet import AssetSpec
from shared.periods import zone
from shared.shapes import Definition

_MS_A_SECOND: Final = 1_000
_S_A_MINUTE: Final = 60

router = APIRouter(prefix=PREFIX, tags=list(TAGS))


def _known(name: str) -> str:
    zone(name)
    return name


class TimeQuery(Strict):
    timezone: Annotated[str, Field(description="An IANA name."), AfterValidator(_known)] = "UTC"


class Time(Told):
    epoch_ms: int
    iso: str = Field(description="In UTC.")
    timezone: str
    offset_minutes: int
    local: str


class TimeResponse(Told):
    """The platform's time."""

    data: Time


class CatalogItem(Told):
    key: str
    name: str
    icon_url: str | None
    description: str
    item_type_key: str
    tags: list[str]
    rarity: str | None
    attributes: dict[str, Any]

    @classmethod
    def of(cls, item: Definition[ItemSpec]) -> CatalogItem:
        spec = item.spec
        return cls(
            key=item.key,
            name=spec.name,
            icon_url=spec.icon_url,
            description=spec.description,
            item_type_key=spec.item_type,
            tags=list(spec.tags),
            rarity=spec.rarity,
            attributes=dict(spec.attributes),
        )


class CatalogCurrency(Told):
    key: str
    name: str
    icon_url: str | None
    description: str
    kind: Literal["currency", "progression"]

    @classmethod
    def of(cls, asset: Definition[AssetSpec]) -> CatalogCurrency:
        spec = asset.spec
        return cls(
            key=asset.key, name=spec.name, icon_url=spec.icon_url, description=spec.description, kind=spec.asset_kind
        )


class Catalog(Told):
    items: list[CatalogItem]
    currencies: list[CatalogCurrency]


class CatalogResponse(Told):
    """Every item and currency of the game."""

    data: Catalog


def ping_of(here: Here, permission_set: Literal["client_sdk", "server_integration"]) -> PingResponse:
    """Whose key it is. Raises Problem if its game has just been removed."""
    game = game_of(here)
    tenant = here.town.definitions.current(game.tenant, TenantSpec, game.tenant)
    if tenant is None:
        raise Problem("auth_invalid")
    return PingResponse(
        api_key=ApiKey(
            id=game.id,
            prefix=game.prefix,
            permission_set=permission_set,
            environment=tenant.spec.environment,
            studio_id=tenant.spec.brand,
            game_id=game.tenant,
        )
    )


@router.get("/ping", response_model=PingResponse, responses=answers(OK, *READ))
async def ping(here: Looks) -> PingResponse:
    """Whether the key is good."""
    return ping_of(here, "client_sdk")


@router.get("/time", response_model=TimeResponse, responses=answers(OK, *READ))
async def show_time(here: Looks, query: Annotated[TimeQuery, Query()]) -> TimeResponse:
    """What time it is, here and there."""
    return TimeResponse(data=time_in(here.town.clock.now(), query.timezone))


def time_in(now: datetime, timezone: str) -> Time:
    """The time as clients read it."""
    there = now.astimezone(zone(timezone))
    offset = there.utcoffset()
    return Time(
        epoch_ms=int(now.timestamp() * _MS_A_SECOND),
        iso=now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        timezone=timezone,
        offset_minutes=0 if offset is None else int(offset.total_seconds()) // _S_A_MINUTE,
        local=there.replace(tzinfo=None).isoformat(timespec="seconds"),
    )


@router.get("/catalog", response_model=CatalogResponse, responses=answers(OK, *READ))
async def show_catalog(here: Looks) -> CatalogResponse:
    """Every item and currency of the game, to be kept by the client."""
    definitions, tenant = here.town.definitions, here.caller.tenant
    return CatalogResponse(
        data=Catalog(
            items=[CatalogItem.of(item) for item in definitions.every_of(tenant, ItemSpec)],
            currencies=[CatalogCurrency.of(asset) for asset in definitions.every_of(tenant, AssetSpec)],
        )
    )
