"""What a game's own server gives to its players' wallets and inventories, and takes of them."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from pydantic import Field

from services.gateway.here import Here
from services.gateway.sdk.common import OK, EconomyKey, ExternalId, ItemKey, answers
from services.gateway.sdk.holdings import GAME, check_known, moved
from services.gateway.sdk.wire import Asked, BalanceMoved, ItemMoved, Quantity, Reason, Told
from services.gateway.server.common import LONGEST_REFERENCE, PREFIX, TAGS, WRITE, Server, once_at_server
from shared.ids import AssetId, PlayerId
from shared.messages.item import INVENTORY, ItemSpec
from shared.messages.wallet import AssetSpec, CreditWallet, DebitWallet

LONGEST_REASON: Final = 500
"""Of what the ledger writes down."""

router = APIRouter(prefix=f"{PREFIX}/players/{{externalId}}", tags=list(TAGS))


class Moving(Asked):
    reason: Reason = None
    source_ref_id: str | None = Field(default=None, max_length=LONGEST_REFERENCE, description="The game's own name.")


class AmountBody(Moving):
    amount: Quantity = Field(description="In the currency's smallest unit.")


class QuantityBody(Moving):
    quantity: Quantity


class BalanceMovedResponse(Told):
    """What the player holds of the currency now."""

    data: BalanceMoved


class ItemMovedResponse(Told):
    """What the player holds of the item now."""

    data: ItemMoved


@router.post("/wallet/{economyKey}/credit", response_model=BalanceMovedResponse, responses=answers(OK, *WRITE))
async def credit(
    here: Server, external_id: ExternalId, economy_key: EconomyKey, body: AmountBody
) -> BalanceMovedResponse:
    """Give so much of a currency."""
    return await _money(here, CreditWallet, external_id, economy_key, body)


@router.post("/wallet/{economyKey}/debit", response_model=BalanceMovedResponse, responses=answers(OK, *WRITE))
async def debit(
    here: Server, external_id: ExternalId, economy_key: EconomyKey, body: AmountBody
) -> BalanceMovedResponse:
    """Take so much of a currency; never more than there is."""
    return await _money(here, DebitWallet, external_id, economy_key, body)


@router.post("/inventory/{itemKey}/grant", response_model=ItemMovedResponse, responses=answers(OK, *WRITE))
async def grant(here: Server, external_id: ExternalId, item_key: ItemKey, body: QuantityBody) -> ItemMovedResponse:
    """Give so many of an item."""
    return await _items(here, CreditWallet, external_id, item_key, body)


@router.post("/inventory/{itemKey}/revoke", response_model=ItemMovedResponse, responses=answers(OK, *WRITE))
async def revoke(here: Server, external_id: ExternalId, item_key: ItemKey, body: QuantityBody) -> ItemMovedResponse:
    """Take so many of an item; never more than there are."""
    return await _items(here, DebitWallet, external_id, item_key, body)


async def _money(
    here: Here, kind: type[CreditWallet | DebitWallet], player: PlayerId, asset: AssetId, body: AmountBody
) -> BalanceMovedResponse:
    await check_known(here, AssetSpec, asset)
    wish = kind(player=player, asset=asset, amount=body.amount, account=GAME, reason=_why(body), despite_ban=True)
    balance = await moved(here, wish, once_at_server(kind.wire, body.idempotency_key, player, asset))
    return BalanceMovedResponse(data=BalanceMoved(economy_key=asset, balance=balance))


async def _items(
    here: Here, kind: type[CreditWallet | DebitWallet], player: PlayerId, item: AssetId, body: QuantityBody
) -> ItemMovedResponse:
    await check_known(here, ItemSpec, item)
    wish = kind(player=player, asset=item, amount=body.quantity, account=INVENTORY, reason=_why(body), despite_ban=True)
    held = await moved(here, wish, once_at_server(kind.wire, body.idempotency_key, player, item))
    return ItemMovedResponse(data=ItemMoved(item_key=item, quantity=held))


def _why(body: Moving) -> str:
    """What stands in the books."""
    return " ".join(text for text in (body.reason, body.source_ref_id) if text)[:LONGEST_REASON]
