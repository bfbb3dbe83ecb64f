"""What the admin door offers to operators' support: players, their money, and how the services stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Protocol, runtime_checkable

from fastapi import APIRouter, Path

from services.gateway.admin.here import READ, TENANT, WRITE, Admin, checked
from services.gateway.admin.wire import (
    AdminErrorBody,
    BalanceShown,
    LastRoundShown,
    MoneyBody,
    Moved,
    PartitionShown,
    PersonShown,
    PlayerShown,
    PromiseShown,
    StatusShown,
    TableShown,
)
from services.gateway.here import Answer, Here
from services.gateway.problem import Problem
from services.gateway.route import refusals
from shared.bus.port import Slot
from shared.ids import AccountId, AssetId
from shared.messages.wallet import AssetSpec, CreditWallet, DebitWallet, WalletAnswer
from shared.readmodels.ledger import BalanceRow
from shared.readmodels.rgs import TableRow
from shared.readmodels.standing import StandingRow, standing
from shared.worker.tell import commands_of

ADJUSTMENTS: Final = AccountId("adjustments")
"""The house account on the other side of what support puts right."""
REPEATED: Final = 200
FIRST: Final = 201

PlayerPath = Annotated[str, Path(min_length=1, max_length=128, description="The player's name or uuid.")]


@runtime_checkable
class TellsEnds(Protocol):
    """A bus that other processes use too, so that its ends must be asked for."""

    async def ends(self, slots: Sequence[Slot]) -> Mapping[Slot, int]:
        """The next offset the broker will give in each."""
        ...


router = APIRouter(prefix="/admin/v1", tags=["admin"], dependencies=[TENANT])


@router.post(
    "/players/{player}/credit",
    status_code=FIRST,
    response_model=Moved,
    responses={REPEATED: {"model": Moved}, **refusals(AdminErrorBody, *WRITE, 404)},
)
async def credit(here: Admin, player: PlayerPath, body: MoneyBody) -> Answer[Moved]:
    """Give a player money."""
    return await _move(here, player, body, CreditWallet)


@router.post(
    "/players/{player}/debit",
    status_code=FIRST,
    response_model=Moved,
    responses={REPEATED: {"model": Moved}, **refusals(AdminErrorBody, *WRITE, 402, 404)},
)
async def debit(here: Admin, player: PlayerPath, body: MoneyBody) -> Answer[Moved]:
    """Take money from a player."""
    return await _move(here, player, body, DebitWallet)


async def _move(here: Here, named: str, body: MoneyBody, kind: type[CreditWallet | DebitWallet]) -> Answer[Moved]:
    await checked(here)
    player, asset = await here.player_named(named), AssetId(body.asset)
    wish = kind(player=player, asset=asset, amount=body.amount, account=ADJUSTMENTS, reason=body.reason)
    told = await here.say("ledger", wish, WalletAnswer, key=player, idempotency_key=body.idempotency_key)
    moved = Moved(
        transaction_id=told.answer.transaction_id,
        player=told.answer.player,
        asset=asset,
        amount=body.amount,
        balance=told.answer.balances[asset],
        deduped=told.repeated,
    )
    return Answer(moved, REPEATED if told.repeated else FIRST)


@router.get("/players/{player}", response_model=PlayerShown, responses=refusals(AdminErrorBody, *READ, 404))
async def show_player(here: Admin, player: PlayerPath) -> PlayerShown:
    """Everything the system knows of a player."""
    tenant, ledger = await checked(here), here.town.ledger
    name = await here.player_named(player)
    row = await ledger.player(tenant, name)
    if row is None:
        raise Problem("no_player")
    person = await ledger.person(tenant, name)
    return PlayerShown(
        tenant=tenant,
        player=row.player,
        user_id=row.user_id,
        status=row.status,
        external_ref=row.external_ref,
        country_code=row.country_code,
        created_at=row.created_at,
        updated_at=row.updated_at,
        banned=row.banned,
        erased_at=row.erased_at,
        person=PersonShown(**person._asdict()) if person else None,
        balances=[_balance(here, balance) for balance in await ledger.wallet(tenant, name)],
        facts=await ledger.histories(tenant, name),
        promises=[
            PromiseShown(
                engine=promise.engine,
                entity=promise.entity,
                number=promise.number,
                next_server_seed_hash=promise.server_seed_hash,
            )
            for promise in await here.town.engines.promises(tenant, name)
        ],
        tables=[_table(row) for row in await here.town.floor.rounds.tables(tenant, name)],
    )


def _table(row: TableRow) -> TableShown:
    last = row.last
    return TableShown(
        operator=row.operator,
        game=row.game,
        server_seed_hash=row.server_hash,
        last_round=None
        if last is None
        else LastRoundShown(
            round_id=last.round_id,
            currency=last.seat.currency,
            status=last.status,
            stake=last.stake,
            payout=last.payout,
            begun_at=last.begun_at,
        ),
    )


def _balance(here: Here, row: BalanceRow) -> BalanceShown:
    asset = here.town.definitions.current(here.caller.tenant, AssetSpec, row.asset)
    return BalanceShown(**row._asdict(), scale=asset.spec.scale if asset else 0)


@router.get("/status", response_model=StatusShown, responses=refusals(AdminErrorBody, *READ))
async def status(here: Admin) -> StatusShown:
    """How far every service has come in each of its partitions."""
    return StatusShown(services={name: await _standing(here, name) for name in here.town.schemas})


async def _standing(here: Here, service: str) -> list[PartitionShown]:
    rows = await standing(here.town.schemas[service], commands_of(service))
    lags = await _lags(here, service, rows)
    return [PartitionShown(**row._asdict(), lag=lags.get(row.part)) for row in rows]


async def _lags(here: Here, service: str, rows: Sequence[StandingRow]) -> dict[int, int]:
    """Messages that wait, by partition: this process's own worker knows, else the broker is asked."""
    parts = here.town.parts
    if service in parts.workers:
        return {slot.part: lag for slot, lag in parts.workers[service].lags().items()}
    if not isinstance(parts.bus, TellsEnds):
        return {}
    ends = await parts.bus.ends([Slot(commands_of(service), row.part) for row in rows])
    return {row.part: max(0, ends[Slot(commands_of(service), row.part)] - row.next_offset) for row in rows}
