"""What a player has to play with, asked of whoever keeps it: the ledger, the operator, or the demo session itself."""

from __future__ import annotations

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.rgs.common import money_of, player_of
from shared.messages.session import SeatAnswer, TouchSession
from shared.operator_wallet.port import Guest


async def balance_of(here: Here) -> int:
    """In the smallest unit. Raises Problem `operator_unavailable` and others."""
    wallet = player_of(here).wallet
    if wallet == "demo":
        return await _demo(here)
    return await (_operators(here) if wallet == "callback" else _ledgers(here))


async def may_stake(here: Here) -> bool:
    """Whether the ledger has nothing against a player whose money it does not keep; others it refuses by itself."""
    player = player_of(here)
    if player.wallet != "callback":
        return True
    return await here.town.registered.standing(player.tenant, player.seat.player) in (None, "active")


async def _demo(here: Here) -> int:
    player = player_of(here)
    wish = TouchSession(seat=player.seat, session_id=player.session_id)
    told = await here.say("rgs", wish, SeatAnswer, key=player.seat.player)
    return told.answer.demo_balance or 0


async def _ledgers(here: Here) -> int:
    player = player_of(here)
    rows = await here.town.ledger.wallet(player.tenant, player.seat.player)
    return next((row.balance for row in rows if row.asset == player.seat.currency), 0)


async def _operators(here: Here) -> int:
    player = player_of(here)
    seat, operator = player.seat, here.town.floor.operators.of(player.tenant, player.seat.operator)
    if operator is None or operator.spec.callback_url is None:
        raise Problem("operator_unavailable")
    guest = Guest(seat.player, seat.currency, seat.game, money_of(here, seat.currency).scale)
    said = await here.town.floor.wallets.balance(operator.callee, guest)
    if said.result == "refused":
        raise Problem("operator_rejected", details={"message": said.message})
    if said.balance is None:
        raise Problem("operator_unavailable")
    return said.balance
