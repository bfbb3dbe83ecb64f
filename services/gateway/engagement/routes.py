"""What the engagement door offers: look at boxes, open them, know players and their wallets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.gateway.engagement.common import (
    FIRST,
    PREFIX,
    READ,
    REPEATED,
    WRITE,
    Known,
    PlayerPath,
    Plays,
    ReadsEngines,
    ReadsPlayers,
    WritesPlayers,
)
from services.gateway.engagement.wire import (
    Balance,
    CreatePlayerBody,
    Lootbox,
    Lootboxes,
    LootboxQuery,
    LootboxRow,
    Me,
    Opened,
    OpenLootboxBody,
    Player,
    PlayerAnswered,
    StatusBody,
    Wallet,
)
from services.gateway.here import Answer, Here, Told
from services.gateway.problem import Problem
from services.gateway.route import ErrorBody, refusals
from shared.ids import LootboxId, PlayerId
from shared.messages.access import TenantSpec
from shared.messages.lootbox import CommitLootboxSeed, LootboxAnswer, LootboxSpec, OpenLootbox, SeedAnswer
from shared.messages.player import CreatePlayer, Person, PlayerAnswer, SetPlayerStatus
from shared.messages.wallet import AssetSpec
from shared.readmodels.ledger import PlayerRow

LootboxPath = Annotated[LootboxId, Path(alias="id", min_length=1, max_length=128)]

router = APIRouter(prefix=PREFIX, tags=["engagement"])


@router.get("/me", response_model=Me, responses=refusals(ErrorBody, *READ))
async def me(here: Known) -> Me:
    """Whose key this is."""
    tenant = here.town.definitions.current(here.caller.tenant, TenantSpec, here.caller.tenant)
    if tenant is None:
        raise Problem("auth_invalid")
    return Me.of(tenant.spec, sorted(here.caller.scopes))


@router.get("/lootbox", response_model=Lootboxes, responses=refusals(ErrorBody, *READ))
async def list_lootboxes(here: ReadsEngines) -> Lootboxes:
    """Every lootbox of the tenant."""
    found = here.town.definitions.every(LootboxSpec, here.caller.tenant)
    return Lootboxes(lootboxes=[LootboxRow.of(definition) for _, definition in found])


@router.get(
    "/lootbox/{id}",
    response_model=Lootbox | LootboxRow,
    responses=refusals(ErrorBody, *READ, 404, 409, 504),
)
async def show_lootbox(here: ReadsEngines, id_: LootboxPath, query: Annotated[LootboxQuery, Query()]) -> LootboxRow:
    """One lootbox; with `user_id` also the hash that this player's next opening is bound to."""
    definition = here.town.definitions.current(here.caller.tenant, LootboxSpec, id_)
    if definition is None:
        raise Problem("no_lootbox")
    row = LootboxRow.of(definition)
    if query.user_id is None:
        return row
    return Lootbox(**dict(row), next_server_seed_hash=await _promised(here, query.user_id, id_))


async def _promised(here: Here, user_id: str, lootbox: LootboxId) -> str:
    player = await here.existing_player(user_id)
    promised = await here.town.engines.promise(here.caller.tenant, "lootbox", player, lootbox)
    if promised is not None:
        return promised
    told = await here.say("engines", CommitLootboxSeed(player=player, lootbox=lootbox), SeedAnswer, key=player)
    return told.answer.server_seed_hash


@router.post(
    "/lootbox/{id}/open",
    status_code=FIRST,
    response_model=Opened,
    responses={REPEATED: {"model": Opened}, **refusals(ErrorBody, *WRITE, 404)},
)
async def open_lootbox(here: Plays, id_: LootboxPath, body: OpenLootboxBody) -> Answer[Opened]:
    """Open a lootbox for a player: one draw, paid into the wallet before this answers."""
    player = await here.existing_player(body.user_id)
    wish = OpenLootbox(player=player, lootbox=id_)
    told = await here.say("engines", wish, LootboxAnswer, key=player, idempotency_key=body.idempotency_key)
    return Answer(Opened.of(told.answer.opening, deduped=told.repeated), REPEATED if told.repeated else FIRST)


@router.post(
    "/players",
    status_code=FIRST,
    response_model=PlayerAnswered,
    responses={REPEATED: {"model": PlayerAnswered}, **refusals(ErrorBody, *WRITE)},
)
async def create_player(here: WritesPlayers, body: CreatePlayerBody) -> Answer[PlayerAnswered]:
    """Introduce a player (201), or bring the profile of a known one up to date (200)."""
    born = body.date_of_birth.isoformat() if body.date_of_birth else None
    wish = CreatePlayer(
        player=PlayerId(body.username),
        external_ref=body.external_ref,
        country_code=body.country_code,
        person=Person(email=body.email, date_of_birth=born),
    )
    told = await here.say("ledger", wish, PlayerAnswer, key=body.username, idempotency_key=body.idempotency_key)
    first = told.answer.created and not told.repeated
    return Answer(_answered(told), FIRST if first else REPEATED)


@router.get("/players/{key}", response_model=Player, responses=refusals(ErrorBody, *READ, 404))
async def show_player(here: ReadsPlayers, key: PlayerPath) -> Player:
    """What the house knows of a player."""
    return Player.of(await _player(here, key))


@router.patch(
    "/players/{key}/status",
    status_code=FIRST,
    response_model=PlayerAnswered,
    responses={REPEATED: {"model": PlayerAnswered}, **refusals(ErrorBody, *WRITE, 404)},
)
async def set_player_status(here: WritesPlayers, key: PlayerPath, body: StatusBody) -> Answer[PlayerAnswered]:
    """Open or close the gates for a player; who did it and why stands in the log."""
    player = await here.player_named(key)
    wish = SetPlayerStatus(player=player, status=body.status, reason=body.reason)
    told = await here.say("ledger", wish, PlayerAnswer, key=player, idempotency_key=body.idempotency_key)
    return Answer(_answered(told), REPEATED if told.repeated else FIRST)


@router.get("/players/{key}/wallet", response_model=Wallet, responses=refusals(ErrorBody, *READ, 404))
async def show_wallet(here: ReadsPlayers, key: PlayerPath) -> Wallet:
    """What a player holds."""
    player = await _player(here, key)
    tenant, definitions = here.caller.tenant, here.town.definitions
    balances = []
    for row in await here.town.ledger.wallet(tenant, player.player):
        asset = definitions.current(tenant, AssetSpec, row.asset)
        balances.append(Balance(asset=row.asset, balance=row.balance, scale=asset.spec.scale if asset else 0))
    return Wallet(user_id=player.user_id, balances=balances)


def _answered(told: Told[PlayerAnswer]) -> PlayerAnswered:
    return PlayerAnswered(player=Player.of(told.answer.profile), deduped=told.repeated)


async def _player(here: Here, key: str) -> PlayerRow:
    row = await here.town.ledger.player(here.caller.tenant, await here.player_named(key))
    if row is None:
        raise Problem("no_player")
    return row
