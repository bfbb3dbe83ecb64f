"""A bet is placed, or a round gone on with, and what came of it is told; what would have come of seeds is told, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.gateway.here import Here
from services.gateway.problem import Problem
from services.gateway.rgs.balances import balance_of, may_stake
from services.gateway.rgs.common import manner_of, money_of, player_of, wish_key
from services.gateway.rgs.games.manner import Manner, Metadata, Money
from services.gateway.rgs.guard import check_last
from services.gateway.rgs.hearing import VERIFY, Heard, hear, placed, question
from services.gateway.rgs.wire import RoundPlayed, Verified, VerifiedMessage, VerifyBody
from shared.ids import RoundId
from shared.messages.round import BeginRound, MoveRound, Round, RoundAnswer
from shared.messages.seed_pair import VerifiedAnswer, VerifyRound

UNTOLD: Final = "0"
"""What stands for a balance that the operator's wallet was not asked for."""
UNDONE: Final = "the operator's wallet did not answer; this step is undone, its stake returned, and the round goes on"
GONE: Final = ("round_not_found", "round_closed")


async def play(here: Here, message: Mapping[str, Any]) -> RoundPlayed:
    """Play what is said. Raises Problem."""
    player, manner = player_of(here), manner_of(player_of(here))
    heard = hear(manner, message, money_of(here, player.seat.currency))
    key = wish_key(here, "play")
    wish = await _wish(here, heard)
    try:
        told = await here.say("rgs", wish, RoundAnswer, key=player.seat.player, idempotency_key=key)
    except Problem as problem:
        refused = placed(heard.act, problem)
        raise (refused if heard.round_id is None else await _of_round(here, heard.round_id, refused)) from None
    if told.repeated:  # without being decided, so nobody has looked at the token
        await check_last(here.town, player)
    return _played(manner, heard.act, told.answer)


async def _wish(here: Here, heard: Heard) -> BeginRound | MoveRound:
    """What is asked of the tables. Raises Problem `player_blocked` for an opening, since what is open may be ended."""
    player, staking = player_of(here), await may_stake(here)
    wish: dict[str, Any] = {"seat": player.seat, "session_id": player.session_id, "number": player.number}
    if heard.round_id is None:
        if not staking:
            raise Problem("player_blocked")
        return BeginRound(**wish | {"opening": heard.said})
    balance = await balance_of(here) if player.wallet == "internal" else None
    return MoveRound(
        **wish | {"round_id": heard.round_id, "move": heard.said, "balance": balance, "may_stake": staking}
    )


async def _of_round(here: Here, round_id: RoundId, problem: Problem) -> Problem:
    """What stands in the way of going on with a round, as its player should hear it."""
    if problem.code == "debit_failed":
        return Problem(problem.code, UNDONE, details=problem.details)
    return await _gone(here, round_id) if problem.code in GONE else problem


async def _gone(here: Here, round_id: RoundId) -> Problem:
    """Why a round cannot be gone on with."""
    found = await round_here(here, round_id)
    elsewhere = found is not None and found.ended_at is None and found.seat != player_of(here).seat
    if found is None or elsewhere:  # the same game, in another currency
        return Problem("round_not_found")
    return Problem("round_voided" if found.status == "voided" else "round_closed")


async def round_here(here: Here, round_id: RoundId) -> Round | None:
    """The round of this id, if it was played at the session's table."""
    player = player_of(here)
    found = await here.town.floor.rounds.round(player.tenant, player.seat.player, round_id)
    return found if found is not None and found.seat.table == player.seat.table else None


def _played(manner: Manner, act: str, answer: RoundAnswer) -> RoundPlayed:
    round_, money = answer.round, Money(answer.round.scale)
    untold = answer.balance is None or (round_.wallet == "callback" and manner.in_steps)
    balance = UNTOLD if untold else money.text(answer.balance or 0)
    told = {act: manner.tell[act](round_, money)}
    metadata = Metadata(balance=balance, round_id=round_.round_id)
    result = manner.result(metadata=metadata, state=manner.state(round_, money), **told)  # type: ignore[call-arg]
    return RoundPlayed(message=result, round_id=round_.round_id)


async def verify(here: Here, body: VerifyBody) -> Verified:
    """What these seeds come to in the session's game; nothing is looked up. Raises Problem."""
    player, manner = player_of(here), manner_of(player_of(here))
    message: Any = body.message
    wish = VerifyRound(
        table=player.seat.table,
        server_seed=body.server_seed,
        client_seed=body.client_seed,
        nonce=body.nonce,
        query=question(manner, message),
    )
    try:
        told = await here.say("rgs", wish, VerifiedAnswer, key=player.seat.player)
    except Problem as problem:
        raise placed(VERIFY, problem) from None
    return Verified(message=VerifiedMessage(verify=manner.verified(told.answer.verified)))
