"""A player who may play draws from a prize table: one seed, promised before, picks one prize, and the prize is paid.

The order is the house's: first the player's standing is known, then chance is spent, then only the payout is left,
which nobody can refuse. Of a player who is known here the draw is decided at once; a stranger is asked for first. The
player is told when the prize is in the wallet. Every engine that works like this is one `Terms`: the names it goes by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from services.engines.chance import draw as drawn_from
from services.engines.guest import Guest, Stranger, acquainted, asked_of_ledger, denied, guest_of, turned_away
from services.engines.promise import Chain, Promise, Promised, Unpromised, promised, shown
from shared.messages.base import Event
from shared.messages.prize import (
    REWARDS,
    BeginDraw,
    CommitSeed,
    DrawDenied,
    DrawPrize,
    DrawRequested,
    FinishDraw,
    Prize,
    PrizeDrawn,
    PrizeTable,
    Proof,
    Reward,
)
from shared.messages.seed import SeedCommitted
from shared.messages.wallet import PayWallet
from shared.shapes import Decider, Decision, Facts, Outcome, Pending, Refused, Send, States, Wish
from shared.streams import Stream

DrawCommand = BeginDraw | CommitSeed | DrawPrize | FinishDraw
Granted = Decision[Event] | Pending[Event]


@dataclass(frozen=True, slots=True)
class Terms:
    """What one engine calls the steps of a draw, and the fields of its messages."""

    noun: str
    """Of its histories, and the field that names the box or game."""
    kind: str
    """In the message that the draw's number is made from."""
    unknown: str
    """The refusal of what is not configured."""
    number: str
    """The field that numbers one play."""
    prize: str
    """The field that holds what was won."""
    play: str
    """The field that holds one play, complete."""
    spec: type[PrizeTable]
    begin: type[BeginDraw]
    commit: type[CommitSeed]
    draw: type[DrawPrize]
    finish: type[FinishDraw]
    requested: type[DrawRequested]
    denied: type[DrawDenied]
    drawn: type[PrizeDrawn]
    complete: type[Proof]

    def chain(self, command: Any) -> Chain:
        """The seeds that a wish is about."""
        return Chain(self.noun, command.player, getattr(command, self.noun))

    def whose(self, command: Any) -> dict[str, Any]:
        """The player and the box or game, by the names that this engine's messages have for them."""
        return {"player": command.player, self.noun: getattr(command, self.noun)}


def begin(terms: Terms, command: BeginDraw, promise: Promise, guest: Guest, facts: Facts) -> Outcome[Event]:
    definition = facts.definitions.current(terms.spec, terms.chain(command).entity)
    if definition is None:
        return Refused(terms.unknown)
    if definition.spec.status != "active":
        return Refused("not_active")
    away = turned_away(guest)
    if away is not None:
        return away
    turn = {**terms.whose(command), terms.number: facts.command_id, "definition_version": definition.version}
    go_on = terms.draw(**turn)
    if isinstance(guest, Stranger):
        return Pending((terms.requested(**turn),), sends=(asked_of_ledger(command.player, then=go_on),))
    return draw(terms, go_on, promise, facts, finishes=None)


def go_on_drawing(terms: Terms, command: DrawPrize, promise: Promise, guest: Guest, facts: Facts) -> Outcome[Event]:
    """The ledger has answered for a stranger, whom a note may have made known meanwhile."""
    refused = denied(guest, command.answer)
    if refused is not None:
        play = {**terms.whose(command), terms.number: getattr(command, terms.number)}
        return Decision((terms.denied(**play, code=refused.code),), reply=refused, finishes=facts.wish)
    outcome = draw(terms, command, promise, facts, finishes=facts.wish)
    return replace(outcome, events=(*acquainted(command.player, guest, command.answer), *outcome.events))


def draw(terms: Terms, command: DrawPrize, promise: Promise, facts: Facts, *, finishes: Wish | None) -> Granted:
    """The weighted draw of docs/fairness.md: the table is walked in its stored order, every unit of weight alike."""
    chain, version = terms.chain(command), command.definition_version
    prizes = table_of(terms, chain.entity, version, facts)
    drawn = drawn_from(chain, promise, terms.kind, [prize.weight for prize in prizes], version, facts)
    prize, number = prizes[drawn.index], {terms.number: getattr(command, terms.number)}
    reward = {terms.prize: Reward(asset=prize.asset, amount=prize.amount, segment_label=prize.segment_label)}
    won = number | reward | dict(drawn.proof)
    fact = terms.drawn(**terms.whose(command), **won, seed_number=drawn.number, seed_key_id=drawn.key_id)
    return owed(terms, command, prize, won, (*drawn.before, fact, drawn.after), finishes)


def table_of(terms: Terms, entity: str, version: int, facts: Facts) -> Sequence[Prize]:
    definition = facts.definitions.at(terms.spec, entity, version)
    if definition is None:
        raise LookupError(f"{terms.noun} {entity} has no version {version}")
    return definition.spec.prizes


def owed(
    terms: Terms,
    command: DrawPrize,
    prize: Prize,
    won: Mapping[str, Any],
    events: tuple[Event, ...],
    finishes: Wish | None,
) -> Granted:
    play: dict[str, Any] = {terms.play: terms.complete(**won)}
    finish = terms.finish(**terms.whose(command), **play)
    if prize.amount == 0:
        return Decision(events, reply=finish.told, finishes=finishes)
    pay = PayWallet(
        player=command.player,
        asset=prize.asset,
        amount=prize.amount,
        account=REWARDS,
        reason=f"{terms.noun} {terms.chain(command).entity} {won[terms.number]}",
    )
    return Pending(events, sends=(Send("ledger", command.player, pay, then=finish),))


def commit_seed(terms: Terms, command: CommitSeed, promise: Promise, facts: Facts) -> Outcome[Event]:
    chain = terms.chain(command)
    unknown = terms.unknown if facts.definitions.current(terms.spec, chain.entity) is None else None
    return shown(chain, promise, unknown, facts)


def streams(terms: Terms, command: DrawCommand) -> tuple[Stream[Any], ...]:
    own = terms.chain(command).stream
    return (own, guest_of(command.player)) if isinstance(command, BeginDraw | DrawPrize) else (own,)


def decide(terms: Terms, command: DrawCommand, states: States, facts: Facts) -> Outcome[Event]:
    promise = states[terms.chain(command).stream]
    match command:
        case BeginDraw():
            return begin(terms, command, promise, states[guest_of(command.player)], facts)
        case DrawPrize():
            return go_on_drawing(terms, command, promise, states[guest_of(command.player)], facts)
        case CommitSeed():
            return commit_seed(terms, command, promise, facts)
        case FinishDraw():
            return Decision((), reply=command.told, finishes=facts.wish)


def evolve(promise: Promise, event: Event) -> Promise:
    match event:
        case SeedCommitted():
            return promised(event)
        case PrizeDrawn():
            return Unpromised(event.seed_number + 1)
        case _:
            return promise


def prize_decider(terms: Terms) -> Decider[DrawCommand, Promise, Event]:
    """The rule of an engine that goes by these terms."""
    return Decider(
        noun=terms.noun,
        initial=Unpromised(),
        situations=(Unpromised, Promised),
        commands=(terms.begin, terms.commit, terms.draw, terms.finish),
        events=(terms.requested, terms.denied, terms.drawn, SeedCommitted),
        streams=partial(streams, terms),
        decide=partial(decide, terms),
        evolve=evolve,
    )
