"""What the engagement door offers beside its engines: whose key this is, players and their wallets."""

from __future__ import annotations

from fastapi import APIRouter

from services.gateway.engagement.common import (
    FIRST,
    PREFIX,
    READ,
    REPEATED,
    WRITE,
    Known,
    PlayerPath,
    ReadsPlayers,
    WritesPlayers,
)
from services.gateway.engagement.wire import (
    Balance,
    CreatePlayerBody,
    LimitsBody,
    Me,
    Player,
    PlayerAnswered,
    StatusBody,
    Wallet,
)
from services.gateway.here import Answer, Here, Told
from services.gateway.problem import Problem
from services.gateway.route import ErrorBody, refusals
from shared.ids import PlayerId
from shared.messages.access import TenantSpec
from shared.messages.player import CreatePlayer, Person, PlayerAnswer, SetPlayerLimits, SetPlayerStatus
from shared.messages.wallet import AssetSpec
from shared.readmodels.ledger import PlayerRow

router = APIRouter(prefix=PREFIX, tags=["engagement"])


@router.get("/me", response_model=Me, responses=refusals(ErrorBody, *READ))
async def me(here: Known) -> Me:
    """Whose key this is."""
    tenant = here.town.definitions.current(here.caller.tenant, TenantSpec, here.caller.tenant)
    if tenant is None:
        raise Problem("auth_invalid")
    return Me.of(tenant.spec, sorted(here.caller.scopes))


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
    return Player.of(await _player(here, key), here.town.clock.now())


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


@router.post(
    "/players/{key}/rg",
    status_code=FIRST,
    response_model=PlayerAnswered,
    responses={REPEATED: {"model": PlayerAnswered}, **refusals(ErrorBody, *WRITE, 404)},
)
async def set_player_limits(here: WritesPlayers, key: PlayerPath, body: LimitsBody) -> Answer[PlayerAnswered]:
    """Set a player's daily limits. A lower one counts at once, a higher one after 24 hours."""
    player = await here.player_named(key)
    wish = SetPlayerLimits(player=player, limits=body.wished())
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
    return PlayerAnswered(player=Player.of(told.answer.profile, told.answer.at), deduped=told.repeated)


async def _player(here: Here, key: str) -> PlayerRow:
    row = await here.town.ledger.player(here.caller.tenant, await here.player_named(key))
    if row is None:
        raise Problem("no_player")
    return row
