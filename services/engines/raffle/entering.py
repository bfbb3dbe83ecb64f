"""Room is kept, the tickets are paid for, and then they are the next ones; what comes too late goes back."""

from __future__ import annotations

from typing import Any, NamedTuple

from services.engines.raffle.state import ONLY_SEED, Drawn, Open, Raffle, Unopened, raffle_of, terms_of
from services.engines.raffle.tickets import chained
from shared.ids import RaffleId
from shared.messages.raffle import (
    TICKETS,
    CountEntry,
    DrawDueRaffle,
    EnterRaffle,
    OpenRaffle,
    Purchase,
    RaffleEntered,
    RaffleEntry,
    RaffleEntryAnswer,
    RaffleEntryDenied,
    RaffleEntryRequested,
    RaffleEntryReturned,
    RaffleEvent,
    RaffleOpened,
    RaffleSeedAnswer,
    RaffleSpec,
    ReturnEntry,
)
from shared.messages.wallet import DebitWallet, RefundWallet
from shared.shapes import Decision, Definition, Facts, Outcome, Pending, Refused, Send, Timer


class Opening(NamedTuple):
    """A raffle that takes entries, and what had to happen for that."""

    raffle: Open
    events: tuple[RaffleOpened, ...] = ()
    timers: tuple[Timer, ...] = ()


def opening(raffle: Unopened | Open, definition: Definition[RaffleSpec], facts: Facts) -> Opening:
    """As long as nobody has a ticket, the newest version counts; the promised seed stays the same."""
    if isinstance(raffle, Open) and (raffle.definition_version == definition.version or not raffle.untouched):
        return Opening(raffle)
    name, version = RaffleId(definition.key), definition.version
    if isinstance(raffle, Open):
        key_id, promised = raffle.seed_key_id, raffle.server_seed_hash
    else:
        seed = facts.seeds.of(raffle_of(name), ONLY_SEED)
        key_id, promised = seed.key_id, seed.hash
    opened = RaffleOpened(raffle=name, definition_version=version, seed_key_id=key_id, server_seed_hash=promised)
    return Opening(Open(version, key_id, promised), (opened,), _bell(name, definition, facts))


def _bell(name: RaffleId, definition: Definition[RaffleSpec], facts: Facts) -> tuple[Timer, ...]:
    if definition.spec.draws_at is None:
        return ()
    due = DrawDueRaffle(raffle=name, definition_version=definition.version)
    return (Timer(f"raffle/{facts.tenant}/{name}/{definition.version}", definition.spec.draws_at, name, due),)


def open_(command: OpenRaffle, raffle: Raffle, facts: Facts) -> Outcome[RaffleEvent]:
    if isinstance(raffle, Drawn):
        drawn = raffle.drawing
        return Decision((), reply=_promise(drawn.server_seed_hash, drawn.definition_version))
    definition = facts.definitions.current(RaffleSpec, command.raffle)
    if definition is None:
        return Refused("no_raffle")
    found, events, timers = opening(raffle, definition, facts)
    return Decision(events, reply=_promise(found.server_seed_hash, found.definition_version), timers=timers)


def _promise(server_seed_hash: str, version: int) -> RaffleSeedAnswer:
    return RaffleSeedAnswer(server_seed_hash=server_seed_hash, definition_version=version)


def enter(command: EnterRaffle, raffle: Raffle, facts: Facts) -> Outcome[RaffleEvent]:
    definition = facts.definitions.current(RaffleSpec, command.raffle)
    if definition is None:
        return Refused("no_raffle")
    if isinstance(raffle, Drawn) or definition.spec.status != "active":
        return Refused("not_active")
    found, events, timers = opening(raffle, definition, facts)
    spec = terms_of(command.raffle, found, facts)
    if spec.draws_at is not None and facts.now >= spec.draws_at:
        return Refused("not_active")
    refused = _no_room(command, found, spec)
    if refused is not None:
        return refused
    purchase = Purchase(
        entry_id=facts.command_id,
        player=command.player,
        tickets=command.tickets,
        asset=spec.ticket_asset,
        cost=spec.ticket_cost * command.tickets,
    )
    requested = RaffleEntryRequested(raffle=command.raffle, **dict(purchase))
    count_ = CountEntry(raffle=command.raffle, **dict(purchase))
    debit = DebitWallet(**_money(command.raffle, purchase))
    return Pending((*events, requested), (Send("ledger", command.player, debit, then=count_),), timers)


def _no_room(command: EnterRaffle, raffle: Open, spec: RaffleSpec) -> Refused | None:
    if command.tickets > spec.max_tickets_per_entry:
        return Refused("too_many_tickets", {"limit": spec.max_tickets_per_entry})
    if raffle.tickets + raffle.reserved + command.tickets > spec.max_tickets:
        return Refused("raffle_full", {"limit": spec.max_tickets})
    return None


def _money(name: RaffleId, purchase: Purchase) -> dict[str, Any]:
    return {
        "player": purchase.player,
        "asset": purchase.asset,
        "amount": purchase.cost,
        "account": TICKETS,
        "reason": f"raffle {name} {purchase.entry_id}",
        "play": True,
    }


def count(command: CountEntry, raffle: Raffle, facts: Facts) -> Outcome[RaffleEvent]:
    purchase = Purchase(**{name: getattr(command, name) for name in Purchase.model_fields})
    if not command.answer.granted:
        code = command.answer.code or "refused"
        denied = RaffleEntryDenied(raffle=command.raffle, **dict(purchase), code=code)
        return Decision((denied,), reply=Refused(code, command.answer.details), finishes=facts.wish)
    if not isinstance(raffle, Open):
        returned = RaffleEntryReturned(raffle=command.raffle, **dict(purchase))
        refund = RefundWallet(**_money(command.raffle, purchase), day=command.answer.body.get("day"))
        told = ReturnEntry(raffle=command.raffle)
        return Pending((returned,), sends=(Send("ledger", purchase.player, refund, then=told),))
    entry = _next_tickets(purchase, raffle)
    entered = RaffleEntered(raffle=command.raffle, player=purchase.player, **dict(entry))
    return Decision((entered,), reply=RaffleEntryAnswer(entry=entry), finishes=facts.wish)


def _next_tickets(purchase: Purchase, raffle: Open) -> RaffleEntry:
    first, total = raffle.tickets, raffle.tickets + purchase.tickets
    return RaffleEntry(
        entry_id=purchase.entry_id,
        tickets=purchase.tickets,
        cost=purchase.cost,
        first_ticket=first,
        last_ticket=total - 1,
        total_tickets=total,
        tickets_hash=chained(raffle.tickets_hash, first, total - 1, purchase.player),
    )


def return_(command: ReturnEntry, facts: Facts) -> Outcome[RaffleEvent]:
    return Decision((), reply=Refused("not_active"), finishes=facts.wish)
