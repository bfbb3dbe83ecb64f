"""How a game brings along what it had elsewhere: players, their money and their items, many rows at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final, Literal, TypeVar

import orjson
from fastapi import APIRouter
from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.route import Strict
from services.gateway.sdk.common import OK, answers
from services.gateway.sdk.errors import DIALECT
from services.gateway.sdk.holdings import GAME, check_known
from services.gateway.sdk.wire import Asked, Id, IdempotencyKey, Quantity, Told
from services.gateway.server.common import PREFIX, TAGS, WRITE, Server, once_at_server
from shared.ids import AssetId, PlayerId
from shared.messages.item import INVENTORY, ItemSpec
from shared.messages.player import CreatePlayer, PlayerAnswer
from shared.messages.registration import LONGEST_AVATAR, LONGEST_NAME, IdentityAnswer, SetIdentity
from shared.messages.wallet import AssetSpec, CreditWallet, WalletAnswer

MOST_ROWS: Final = 1_000
AT_ONCE: Final = 64
"""Rows that are under way together."""
REASON: Final = "migrated"

Outcome = Literal["applied", "skipped"]

PATH: Final = f"{PREFIX}/migrate"

router = APIRouter(prefix=PATH, tags=list(TAGS))


class Row(Strict):
    """One row; its key makes it the same again wherever it is sent, and without one its place in the batch does."""

    model_config = ConfigDict(alias_generator=to_camel)

    external_player_id: Id
    idempotency_key: IdempotencyKey = None


class PlayerMigrated(Row):
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    name: str | None = Field(default=None, min_length=1, max_length=LONGEST_NAME)
    avatar: str | None = Field(default=None, max_length=LONGEST_AVATAR)


class MoneyMigrated(Row):
    economy_key: Id
    amount: Quantity


class ItemsMigrated(Row):
    item_key: Id
    quantity: Quantity


class PlayersBody(Asked):
    rows: list[PlayerMigrated] = Field(min_length=1, max_length=MOST_ROWS)


class WalletBody(Asked):
    rows: list[MoneyMigrated] = Field(min_length=1, max_length=MOST_ROWS)


class InventoryBody(Asked):
    rows: list[ItemsMigrated] = Field(min_length=1, max_length=MOST_ROWS)


class RowError(Told):
    code: str = Field(description="For programs.")
    message: str = Field(description="For people.")


class Failure(Told):
    row_index: int = Field(description="From 0.")
    external_player_id: str
    error: RowError


class Migration(Told):
    applied: int
    skipped: int = Field(description="Rows that had been applied before.")
    failed: int
    failures: list[Failure]


class MigrationResponse(Told):
    """What has become of the rows; each stands by itself."""

    data: Migration


AnyRow = TypeVar("AnyRow", bound=Row)
Apply = Callable[[Here, AnyRow, str | None], Awaitable[Outcome]]
"""Applies one row under a key."""


@router.post("/players", response_model=MigrationResponse, responses=answers(OK, *WRITE))
async def migrate_players(here: Server, body: PlayersBody) -> MigrationResponse:
    """Introduce players; those who are known already are skipped."""
    return await _migrate(here, "players", body.idempotency_key, body.rows, _player)


@router.post("/wallet", response_model=MigrationResponse, responses=answers(OK, *WRITE))
async def migrate_wallet(here: Server, body: WalletBody) -> MigrationResponse:
    """Give players what they had of currencies."""
    return await _migrate(here, "wallet", body.idempotency_key, body.rows, _money)


@router.post("/inventory", response_model=MigrationResponse, responses=answers(OK, *WRITE))
async def migrate_inventory(here: Server, body: InventoryBody) -> MigrationResponse:
    """Give players what they had of items."""
    return await _migrate(here, "inventory", body.idempotency_key, body.rows, _items)


async def _migrate(
    here: Here, route: str, batch: str | None, rows: Sequence[AnyRow], apply: Apply[AnyRow]
) -> MigrationResponse:
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(index: int, row: AnyRow) -> Outcome | Failure:
        key = row.idempotency_key or (None if batch is None else f"{batch}/{index}")
        async with turn:
            try:
                return await apply(here, row, once_at_server(f"migrate.{route}", key, row.external_player_id))
            except Problem as problem:
                return Failure(row_index=index, external_player_id=row.external_player_id, error=_error(problem))

    found = await asyncio.gather(*(one(index, row) for index, row in enumerate(rows)))
    failures = [each for each in found if isinstance(each, Failure)]
    return MigrationResponse(
        data=Migration(
            applied=found.count("applied"),
            skipped=found.count("skipped"),
            failed=len(failures),
            failures=failures,
        )
    )


async def _player(here: Here, row: PlayerMigrated, key: str | None) -> Outcome:
    player, tenant = PlayerId(row.external_player_id), here.caller.tenant
    known = await here.town.acquaintances.has(tenant, player)
    if not known:
        wish = CreatePlayer(player=player, country_code=row.country)
        await here.say("ledger", wish, PlayerAnswer, key=player, idempotency_key=key)
    if row.name is not None and player not in await here.town.sdk_players.identities(tenant, [player]):
        identity = SetIdentity(player=player, name=row.name, avatar=row.avatar)
        await here.say("ledger", identity, IdentityAnswer, key=player)
    return "skipped" if known else "applied"


async def _money(here: Here, row: MoneyMigrated, key: str | None) -> Outcome:
    asset = AssetId(row.economy_key)
    await check_known(here, AssetSpec, asset)
    return await _give(here, row, key, asset, row.amount)


async def _items(here: Here, row: ItemsMigrated, key: str | None) -> Outcome:
    asset = AssetId(row.item_key)
    await check_known(here, ItemSpec, asset)
    return await _give(here, row, key, asset, row.quantity)


async def _give(here: Here, row: MoneyMigrated | ItemsMigrated, key: str | None, asset: AssetId, many: int) -> Outcome:
    player, account = PlayerId(row.external_player_id), GAME if isinstance(row, MoneyMigrated) else INVENTORY
    wish = CreditWallet(player=player, asset=asset, amount=many, account=account, reason=REASON, despite_ban=True)
    told = await here.say("ledger", wish, WalletAnswer, key=player, idempotency_key=key)
    return "skipped" if told.repeated else "applied"


def _error(problem: Problem) -> RowError:
    """In the words that the door itself would have used."""
    _, body = DIALECT.answer(problem)
    return RowError.model_validate(orjson.loads(body)["error"])
