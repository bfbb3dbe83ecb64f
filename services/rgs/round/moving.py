"""A player goes on with the open round: a move that costs waits for its stake, any other counts at once.

Who may not stake any more ends the round with moves that cost nothing, and is paid what was won.
"""

from __future__ import annotations

from services.rgs.round import money
from services.rgs.round.dealing import deal_of, played
from services.rgs.round.state import Held, Seeded, State
from services.rgs.round.turn import Turn, before, go_on, go_on_in_demo
from services.rgs.session.state import Taken, playing, touched
from shared.messages.base import Event
from shared.messages.round import MoveAnswered, MoveRound, RoundMoving
from shared.shapes import Facts, Outcome, Pending, Refused, States


def move(command: MoveRound, states: States, facts: Facts) -> Outcome[Event]:
    place = playing(states[command.seat.session], command.session_id, command.number, facts.now)
    if isinstance(place, Refused):
        return place
    table = states[command.seat.stream]
    held = _held(command, table)
    if isinstance(held, Refused):
        return held
    deal = deal_of(held.round, table, facts)
    was = played(held, deal)
    state = deal.moved(was, command.move)
    if isinstance(state, Refused):
        return state
    cost = deal.game.staked(state) - deal.game.staked(was)
    if cost and not command.may_stake:
        return Refused("player_blocked")
    before_it = deal.seen(held.round, was) if cost else held.round
    turn = Turn(before_it, deal, state, facts.now, move=command.move, balance=command.balance)
    return _taken(turn, held, place, cost)


def _held(command: MoveRound, table: State) -> Held | Refused:
    """The open round of the table, if that is what is meant."""
    if not isinstance(table, Seeded):
        return Refused("round_not_found")
    held = table.held
    if held is None or held.round.round_id != command.round_id:
        return Refused("round_closed" if table.closed == command.round_id else "round_not_found")
    if held.round.seat != command.seat:  # the same game, in another currency
        return Refused("round_not_found")
    if held.round.status == "paying":
        return Refused("round_closed")
    waits = held.round.status == "initializing" or held.asking is not None
    return Refused("round_initializing") if waits else held


def _taken(turn: Turn, held: Held, place: Taken, cost: int) -> Outcome[Event]:
    round_, first = turn.round, touched(place.session, turn.now)
    if round_.wallet == "demo":
        outcome = go_on_in_demo(turn, place, cost)
        return outcome if isinstance(outcome, Refused) else before(outcome, first)
    if not cost:
        return before(go_on(turn), first)
    assert turn.move is not None, "a move is taken"
    asked = money.debit(round_.round_id, held.debits, cost)
    then = MoveAnswered(
        seat=round_.seat, round_id=round_.round_id, transaction=asked, scale=round_.scale, move=turn.move
    )
    moving = RoundMoving(round=round_, transaction=asked, move=turn.move)
    return Pending((*first, moving), sends=(money.ask_stake(round_, asked, then),))
