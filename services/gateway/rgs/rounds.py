"""Rounds as they are looked at: the one that is open, one in full, and those that are over."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from typing import Final

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.rgs.balances import balance_of
from services.gateway.rgs.common import manner_of, money_of, player_of
from services.gateway.rgs.errors import INITIALIZING
from services.gateway.rgs.games.manner import SETTLED, Money, times
from services.gateway.rgs.play import UNTOLD, round_here
from services.gateway.rgs.wire import (
    Current,
    History,
    HistoryRow,
    RoundDetails,
    RoundResult,
    RoundSeed,
    RoundShown,
)
from shared.ids import RoundId
from shared.messages.game import GameSpec
from shared.messages.round import Round
from shared.pay_tables import board_of

WAIT_S: Final = 1.0
"""How long a bet may take to be settled while somebody asks for the open round."""
PAUSE_S: Final = 0.05
"""Between two looks."""
UNDER_WAY: Final = ("open", "paying")


async def current(here: Here) -> Current:
    """The balance, and the round that is open in the session's currency, if there is one. Raises Problem."""
    found = await _settling(here)
    player = player_of(here)
    balance = await _balance(here)
    if found is None or found.status not in UNDER_WAY or found.seat.currency != player.seat.currency:
        return Current(balance=balance, active=False)
    manner, money = manner_of(player), Money(found.scale)
    return Current(
        balance=balance,
        active=True,
        round_id=found.round_id,
        game_id=found.seat.game,
        round_data=manner.data(found, money),
        state=manner.state(found, money),
    )


async def _settling(here: Here) -> Round | None:
    """The last round, once its stake is answered for. Raises Problem if that takes too long."""
    town, player = here.town, player_of(here)
    deadline = town.clock.monotonic() + WAIT_S
    while True:
        found = await town.floor.rounds.last_round(player.tenant, player.seat.table)
        if found is None or found.status != "initializing":
            return found
        if town.clock.monotonic() >= deadline:
            raise Problem(INITIALIZING)
        await asyncio.sleep(PAUSE_S)


async def _balance(here: Here) -> str:
    """As it stands; a wallet that does not answer does not keep anybody from seeing the round."""
    try:
        return money_of(here, player_of(here).seat.currency).text(await balance_of(here))
    except Problem as problem:
        if problem.code not in ("operator_unavailable", "operator_rejected"):
            raise
        return UNTOLD


async def shown(here: Here, round_id: RoundId) -> RoundShown:
    """One round of the session's table in full. Raises Problem."""
    found = await round_here(here, round_id)
    if found is None:
        raise Problem("round_not_found")
    player, money = player_of(here), Money(found.scale)
    manner = manner_of(player)
    pair = await here.town.floor.rounds.pair(player.tenant, player.seat.table, found.pair_number)
    return RoundShown(
        round=_details(found, money, _spec_of(here, found)),
        seed=RoundSeed(
            id=found.pair_id,
            server_hash=found.server_hash,
            client_seed=found.client_seed,
            nonce=found.nonce,
            server_seed=pair.server_seed if pair is not None else None,
        ),
        round_data=manner.data(found, money),
        state=manner.state(found, money),
    )


def _spec_of(here: Here, found: Round) -> GameSpec | None:
    """What the round was played under; what pays lasts, so a version that is still on its way here says the same."""
    known, tenant, code = here.town.definitions, player_of(here).tenant, found.seat.game
    definition = known.at(tenant, GameSpec, code, found.definition_version) or known.current(tenant, GameSpec, code)
    return None if definition is None else definition.spec


def _details(found: Round, money: Money, spec: GameSpec | None) -> RoundDetails:
    result = None
    if found.status in SETTLED:
        exact = Fraction(found.multiplier)
        result = RoundResult(
            payout=money.text(found.payout),
            multiplier=times(exact),
            exact_multiplier=f"{exact.numerator}/{exact.denominator}",
        )
    own = None if spec is None else spec.tables.get(board_of(found.opening) or "")
    return RoundDetails(
        id=found.round_id,
        game_id=found.seat.game,
        slug=found.slug,
        rtp=None if spec is None else spec.rtp,
        table=None if own is None else list(own),
        amount=money.text(found.stake),
        active=found.status in ("initializing", *UNDER_WAY),
        status=found.status,
        created_at=found.begun_at,
        ended_at=found.ended_at,
        max_win=None if found.max_win is None else money.text(found.max_win),
        result=result,
    )


async def history(here: Here, limit: int) -> History:
    """Rounds of the session's table that are over, the latest first."""
    player = player_of(here)
    found = await here.town.floor.rounds.settled(player.tenant, player.seat.table, limit)
    return History(rounds=[_row(one, Money(one.scale)) for one in found])


def _row(found: Round, money: Money) -> HistoryRow:
    return HistoryRow(
        id=found.round_id,
        wager=money.text(found.stake),
        payout=money.text(found.payout),
        multiplier=times(found.multiplier),
        created_at=found.begun_at,
    )
