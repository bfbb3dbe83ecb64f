"""A player stakes something: a nonce is spent with it, and nothing of what came up is told before the stake is there.

What could refuse it is looked at in one order: the session, the game, the table, the amount, the game's own rules, and
what could be won. None of it depends on what comes up.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from services.rgs.games.game import Chance
from services.rgs.games.registry import game_of
from services.rgs.round import money
from services.rgs.round.bounds import bounds_of, outside
from services.rgs.round.dealing import Deal, terms_of
from services.rgs.round.state import Seeded
from services.rgs.round.turn import Turn, before, go_on_in_demo
from services.rgs.seed.pairs import server_seed
from services.rgs.seed.rotating import seeded
from services.rgs.session.state import Taken, playing, touched
from shared.ids import MessageId, RoundId, uuid_of
from shared.messages.base import Event
from shared.messages.game import GameSpec
from shared.messages.operator import OperatorSpec
from shared.messages.round import BeginRound, Round, RoundBegun, StakeAnswered
from shared.messages.session import Bounds
from shared.messages.wallet import AssetSpec
from shared.shapes import Definition, Facts, Outcome, Pending, Refused, Send, States


class Offer(NamedTuple):
    """What the operator's definitions say of a seat now."""

    game: Definition[GameSpec]
    operator: OperatorSpec
    scale: int


def begin(command: BeginRound, states: States, facts: Facts) -> Outcome[Event]:
    seat = command.seat
    place = playing(states[seat.session], command.session_id, command.number, facts.now)
    if isinstance(place, Refused):
        return place
    offer = _offer(command, facts)
    if isinstance(offer, Refused):
        return offer
    table, seeds_opened = seeded(states[seat.stream], seat, facts)
    if table.held is not None:
        return Refused("active_round_exists", {"round_id": table.held.round.round_id})
    bounds = bounds_of(place.session, offer.operator, offer.scale)
    refused = outside(command.opening.amount, command.opening.amount, bounds)
    if refused is not None:
        return refused
    deal = _dealt(command, offer, table, bounds, facts)
    state = deal.opened(command.opening)
    refused = _refused(command, deal, state, bounds)
    if refused is not None:
        return refused
    round_ = Round(
        **_initializing(command, place, deal, facts),
        **_of_pair(table, facts.command_id),
        definition_version=offer.game.version,
        scale=offer.scale,
        stake=deal.game.staked(state),
    )
    turn = Turn(round_, deal, state, facts.now)
    first = (*seeds_opened, *touched(place.session, facts.now))
    return _staked(turn, place, first)


def _offer(command: BeginRound, facts: Facts) -> Offer | Refused:
    seat, definitions = command.seat, facts.definitions
    game = definitions.current(GameSpec, seat.game)
    operator = definitions.current(OperatorSpec, seat.operator)
    if game is None or game.spec.status != "active" or operator is None or operator.spec.status != "active":
        return Refused("no_game")
    asset = definitions.current(AssetSpec, seat.currency)
    return Refused("no_currency") if asset is None else Offer(game, operator.spec, asset.spec.scale)


def _dealt(command: BeginRound, offer: Offer, table: Seeded, bounds: Bounds, facts: Facts) -> Deal:
    client_seed = table.active.client_seed
    assert client_seed is not None, "an active pair has a client seed"
    chance = Chance(server_seed(command.seat, table.active, facts), client_seed, table.nonce)
    spec = offer.game.spec
    return Deal(game_of(spec.slug), chance, terms_of(spec, bounds.max_win))


def _refused(command: BeginRound, deal: Deal, state: Any, bounds: Bounds) -> Refused | None:
    if isinstance(state, Refused):
        return state
    amount, most = command.opening.amount, deal.most
    best = deal.game.best(command.opening, deal.terms)
    if amount >= most or (best is not None and best > most) or deal.reached(state):
        return Refused("param_out_of_range", {"path": "amount", "problem": "it could win too much", "bound": most})
    return outside(amount, deal.game.staked(state), bounds)


def _initializing(command: BeginRound, place: Taken, deal: Deal, facts: Facts) -> dict[str, Any]:
    """What is known of the round without its seeds."""
    return {
        "seat": command.seat,
        "session_id": command.session_id,
        "slug": deal.game.slug,
        "wallet": place.session.wallet,
        "opening": command.opening,
        "status": "initializing",
        "max_win": deal.terms.max_win,
        "shown": deal.game.covered(command.opening),
        "begun_at": facts.now,
    }


def _of_pair(table: Seeded, wish: MessageId) -> dict[str, Any]:
    """Which seeds it is dealt from.

    The round is known by its nonce, since its wish may be heard again after it was refused, and by its wish, since a
    log that was put back to an earlier day spends nonces again whose transactions an operator remembers.
    """
    pair = table.active
    return {
        "round_id": RoundId(uuid_of(pair.pair_id, str(table.nonce), wish)),
        "pair_number": pair.number,
        "pair_id": pair.pair_id,
        "server_hash": pair.server_hash,
        "client_seed": pair.client_seed,
        "nonce": table.nonce,
    }


def _staked(turn: Turn, place: Taken, first: tuple[Event, ...]) -> Outcome[Event]:
    round_ = turn.round
    if round_.wallet == "demo":
        outcome = go_on_in_demo(turn, place, round_.stake)
        return outcome if isinstance(outcome, Refused) else before(outcome, (*first, RoundBegun(round=round_)))
    asked = money.debit(round_.round_id, 0, round_.stake)
    then = StakeAnswered(seat=round_.seat, round_id=round_.round_id, transaction=asked, scale=round_.scale)
    begun = RoundBegun(round=round_, transaction=asked)
    return Pending((*first, begun), sends=(_asked(turn, then),))


def _asked(turn: Turn, then: StakeAnswered) -> Send:
    """A round in our own ledger that is over with its opening is one transfer; which it is, nobody is told."""
    found = turn.deal.settled(turn.state, turn.round.opening.amount)
    if turn.round.wallet == "internal" and found is not None:
        return money.ask_whole(turn.round, found.payout, then)
    return money.ask_stake(turn.round, then.transaction, then)
