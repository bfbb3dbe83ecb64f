"""What a player holds: items and currencies, and how their game takes of them."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from pydantic import Field

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.sdk.common import (
    OK,
    PREFIX,
    READ,
    TAGS,
    WRITE,
    EconomyKey,
    ExternalId,
    ItemKey,
    PlayerLooks,
    PlayerWrites,
    answers,
    once,
)
from services.gateway.sdk.wire import (
    Asked,
    BalanceMoved,
    ConsumeItemResponse,
    DebitWalletResponse,
    ItemMoved,
    PlayerItemHolding,
    PlayerWalletHolding,
    Quantity,
    Reason,
    Told,
)
from shared.ids import AccountId, AssetId, PlayerId, TenantId
from shared.messages.access import TenantSpec
from shared.messages.item import INVENTORY, ItemSpec
from shared.messages.wallet import AssetSpec, CreditWallet, DebitWallet, WalletAnswer
from shared.readmodels.sdk_players import HoldingRow

GAME: Final = AccountId("game")
"""The house account on the other side of what games take and give."""

router = APIRouter(prefix=f"{PREFIX}/players/{{externalId}}", tags=list(TAGS))


class ItemBody(Asked):
    quantity: Quantity
    reason: Reason = None


class DebitBody(Asked):
    amount: Quantity = Field(description="In the currency's smallest unit.")
    reason: Reason = None


class Inventory(Told):
    items: list[PlayerItemHolding]


class InventoryListResponse(Told):
    """Every item that the player holds; where the studio keeps items itself, none."""

    data: Inventory


class Wallet(Told):
    wallet: list[PlayerWalletHolding]


class WalletListResponse(Told):
    """Every currency that the player has ever had, also where nothing of it is left."""

    data: Wallet


class GrantItemResponse(Told):
    """What the player holds of the item."""

    data: ItemMoved


@router.get("/inventory", response_model=InventoryListResponse, responses=answers(OK, *READ))
async def list_inventory(here: PlayerLooks, external_id: ExternalId) -> InventoryListResponse:
    """The items that the player holds."""
    items, _ = await holdings(here, external_id)
    return InventoryListResponse(data=Inventory(items=items))


@router.get("/wallet", response_model=WalletListResponse, responses=answers(OK, *READ))
async def list_wallet(here: PlayerLooks, external_id: ExternalId) -> WalletListResponse:
    """The currencies that the player has had, empty ones too."""
    _, wallet = await holdings(here, external_id)
    return WalletListResponse(data=Wallet(wallet=wallet))


@router.post("/inventory/{itemKey}/consume", response_model=ConsumeItemResponse, responses=answers(OK, *WRITE))
async def consume(
    here: PlayerWrites, external_id: ExternalId, item_key: ItemKey, body: ItemBody
) -> ConsumeItemResponse:
    """Take so many of an item; never more than there are."""
    await check_known(here, ItemSpec, item_key)
    wish = DebitWallet(
        player=external_id, asset=item_key, amount=body.quantity, account=INVENTORY, reason=body.reason or ""
    )
    left = await moved(here, wish, once("consume", body.idempotency_key, external_id, item_key))
    return ConsumeItemResponse(data=ItemMoved(item_key=item_key, quantity=left))


@router.post("/inventory/{itemKey}/grant", response_model=GrantItemResponse, responses=answers(OK, *WRITE))
async def give_oneself(
    here: PlayerWrites, external_id: ExternalId, item_key: ItemKey, body: ItemBody
) -> GrantItemResponse:
    """A player gives themselves an item, in games that permit it."""
    if inventory_mode(here) != "permissive":
        raise Problem("inventory_not_permissive")
    await check_known(here, ItemSpec, item_key)
    wish = CreditWallet(
        player=external_id, asset=item_key, amount=body.quantity, account=INVENTORY, reason=body.reason or ""
    )
    held = await moved(here, wish, once("give_oneself", body.idempotency_key, external_id, item_key))
    return GrantItemResponse(data=ItemMoved(item_key=item_key, quantity=held))


@router.post("/wallet/{economyKey}/debit", response_model=DebitWalletResponse, responses=answers(OK, *WRITE))
async def debit(
    here: PlayerWrites, external_id: ExternalId, economy_key: EconomyKey, body: DebitBody
) -> DebitWalletResponse:
    """Take so much of a currency; never more than there is. Nothing here gives any: only the game's server can."""
    await check_known(here, AssetSpec, economy_key)
    wish = DebitWallet(
        player=external_id, asset=economy_key, amount=body.amount, account=GAME, reason=body.reason or ""
    )
    left = await moved(here, wish, once("debit", body.idempotency_key, external_id, economy_key))
    return DebitWalletResponse(data=BalanceMoved(economy_key=economy_key, balance=left))


async def holdings(here: Here, player: PlayerId) -> tuple[list[PlayerItemHolding], list[PlayerWalletHolding]]:
    """Everything that a player holds: items of which there are any, and every currency that was ever touched."""
    tenant, definitions = here.caller.tenant, here.town.definitions
    items: list[PlayerItemHolding] = []
    wallet: list[PlayerWalletHolding] = []
    for row in await here.town.sdk_players.holdings(tenant, player):
        if definitions.at(tenant, ItemSpec, row.asset, version=1) is None:  # no key was ever both
            wallet.append(_currency(row))
        elif row.balance > 0 and inventory_mode(here) != "studio":
            items.append(_item(row))
    return items, wallet


def inventory_mode(here: Here) -> str:
    """Who keeps the items of the players of this game."""
    tenant = here.town.definitions.current(here.caller.tenant, TenantSpec, here.caller.tenant)
    return "platform" if tenant is None else tenant.spec.inventory


async def check_known(here: Here, kind: type[ItemSpec | AssetSpec], key: AssetId) -> None:
    """Raises Problem if there is no such item or currency, not even one made this very moment."""
    if not _has(here, kind, key):
        await here.town.feed.refresh_if_stale()
        if not _has(here, kind, key):
            raise Problem("unknown_asset")


async def moved(here: Here, wish: CreditWallet | DebitWallet, key: str | None) -> int:
    """What the player holds once the wish is granted. Raises Problem."""
    told = await here.say("ledger", wish, WalletAnswer, key=wish.player, idempotency_key=key)
    return told.answer.balances[wish.asset]


def _has(here: Here, kind: type[ItemSpec | AssetSpec], key: AssetId) -> bool:
    tenant: TenantId = here.caller.tenant
    return here.town.definitions.current(tenant, kind, key) is not None


def _item(row: HoldingRow) -> PlayerItemHolding:
    return PlayerItemHolding(
        item_key=row.asset, quantity=row.balance, created_at=row.created_at, updated_at=row.updated_at
    )


def _currency(row: HoldingRow) -> PlayerWalletHolding:
    return PlayerWalletHolding(
        economy_key=row.asset, balance=row.balance, created_at=row.created_at, updated_at=row.updated_at
    )
