"""The promised seed picks one ticket, its owner is found by range, and the prize is paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.engines.promise import kept
from services.engines.raffle.state import ONLY_SEED, Drawn, Open, Raffle, raffle_of, terms_of
from services.engines.raffle.tickets import winning_ticket
from shared.ids import PlayerId, RaffleId
from shared.messages.prize import REWARDS
from shared.messages.raffle import (
    DrawDueRaffle,
    DrawRaffle,
    FinishRaffle,
    RaffleAnswer,
    RaffleCommand,
    RaffleDrawing,
    RaffleDrawn,
    RaffleEvent,
    RafflePrize,
    RaffleSpec,
)
from shared.messages.wallet import PayWallet
from shared.shapes import Decision, Facts, Need, Outcome, Pending, Refused, Seed, Send, States, Timer

RINGS_AGAIN: Final = timedelta(minutes=1)
OWNER: Final = "raffle_owner"
"""The lookup that finds who owns a ticket: rows of (player, first_ticket, last_ticket)."""


def draw(command: DrawRaffle, raffle: Raffle, facts: Facts) -> Outcome[RaffleEvent]:
    if isinstance(raffle, Drawn):  # its prize is owed and cannot be refused, so nobody has to wait for it once more
        return Decision((), reply=RaffleAnswer(drawing=raffle.drawing, drawn_before=True))
    if isinstance(raffle, Open) and raffle.tickets:
        return _drawn(command, raffle, facts)
    if facts.definitions.current(RaffleSpec, command.raffle) is None:
        return Refused("no_raffle")
    return Refused("no_tickets")


def draw_due(command: DrawDueRaffle, raffle: Raffle, facts: Facts) -> Outcome[RaffleEvent]:
    match raffle:
        case Open(tickets=tickets, definition_version=version) if tickets and version == command.definition_version:
            return _drawn(command, raffle, facts)
        case Open(reserved=reserved, definition_version=version) if reserved and version == command.definition_version:
            # The only entries are still being paid for: whoever is confirmed must not wait for ever.
            again = f"raffle/{facts.tenant}/{command.raffle}/{version}/{facts.now.isoformat()}"
            return Decision((), reply=None, timers=(Timer(again, facts.now + RINGS_AGAIN, command.raffle, command),))
        case _:
            return Decision((), reply=None)


def _drawn(command: DrawRaffle | DrawDueRaffle, raffle: Open, facts: Facts) -> Outcome[RaffleEvent]:
    spec, seed = terms_of(command.raffle, raffle, facts), _seed(command.raffle, raffle, facts)
    ticket = winning_ticket(seed.value, command.raffle, raffle.tickets)
    drawing = RaffleDrawing(
        draw_id=facts.command_id,
        winner=_owner(command.raffle, ticket, facts),
        prize=RafflePrize(asset=spec.prize_asset, amount=spec.prize_amount),
        winning_ticket=ticket,
        total_tickets=raffle.tickets,
        tickets_hash=raffle.tickets_hash,
        server_seed=seed.value,
        server_seed_hash=seed.hash,
        definition_version=raffle.definition_version,
    )
    drawn = RaffleDrawn(raffle=command.raffle, seed_key_id=seed.key_id, drawing=drawing)
    return Pending((drawn,), sends=(_owed(drawn, awaited=isinstance(command, DrawRaffle)),))


def _owed(drawn: RaffleDrawn, *, awaited: bool) -> Send:
    drawing = drawn.drawing
    pay = PayWallet(
        player=drawing.winner,
        asset=drawing.prize.asset,
        amount=drawing.prize.amount,
        account=REWARDS,
        reason=f"raffle {drawn.raffle} {drawing.draw_id}",
        play=True,
    )
    return Send("ledger", drawing.winner, pay, then=FinishRaffle(raffle=drawn.raffle, drawing=drawing, awaited=awaited))


def _seed(name: RaffleId, raffle: Open, facts: Facts) -> Seed:
    return kept(raffle_of(name), ONLY_SEED, raffle.seed_key_id, raffle.server_seed_hash, facts)


def _owner(name: RaffleId, ticket: int, facts: Facts) -> PlayerId:
    for player, first, last in facts.rows:
        if isinstance(first, int) and isinstance(last, int) and first <= ticket <= last:
            return PlayerId(str(player))
    raise LookupError(f"nobody is shown to own the winning ticket of raffle {name}: rebuild raffle_entries")


def finish(command: FinishRaffle, facts: Facts) -> Outcome[RaffleEvent]:
    if not command.awaited:  # the wish that set the timer has long had its own answer
        return Decision((), reply=None)
    return Decision((), reply=RaffleAnswer(drawing=command.drawing, drawn_before=False), finishes=facts.wish)


def needs(command: RaffleCommand, states: States, facts: Facts) -> Need | None:
    """Before a draw: who owns the ticket that will win."""
    raffle = states[raffle_of(command.raffle)]
    if not isinstance(raffle, Open) or not raffle.tickets:
        return None
    ticket = winning_ticket(_seed(command.raffle, raffle, facts).value, command.raffle, raffle.tickets)
    return Need(OWNER, (command.raffle, ticket))
