"""A player who may play draws from a prize table: one seed, promised before, picks one prize, and the prize is paid.

The order is the house's: the ledger admits the player first, then chance is spent, then only the payout is left,
which nobody can refuse. The player is told when the prize is in the wallet. Every engine that works like this is one
`Terms`: the names it goes by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.engines.promise import Chain, Promise, Promised, Unpromised, promised
from shared.fair.draw import pick
from shared.messages.base import Event
from shared.messages.player import AdmitPlayer
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
from shared.messages.seed import SeedAnswer, SeedCommitted
from shared.messages.wallet import PayWallet
from shared.shapes import Decider, Decision, Facts, Outcome, Pending, Refused, Send, States
from shared.streams import Stream

DrawCommand = BeginDraw | CommitSeed | DrawPrize | FinishDraw


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


def begin(terms: Terms, command: BeginDraw, facts: Facts) -> Outcome[Event]:
    definition = facts.definitions.current(terms.spec, terms.chain(command).entity)
    if definition is None:
        return Refused(terms.unknown)
    if definition.spec.status != "active":
        return Refused("not_active")
    turn = {**terms.whose(command), terms.number: facts.command_id, "definition_version": definition.version}
    admit = Send("ledger", command.player, AdmitPlayer(player=command.player), then=terms.draw(**turn))
    return Pending((terms.requested(**turn),), sends=(admit,))


def draw(terms: Terms, command: DrawPrize, promise: Promise, facts: Facts) -> Outcome[Event]:
    play = {**terms.whose(command), terms.number: getattr(command, terms.number)}
    if not command.answer.granted:
        code = command.answer.code or "refused"
        denied = terms.denied(**play, code=code)
        return Decision((denied,), reply=Refused(code, command.answer.details), finishes=facts.wish)
    chain = terms.chain(command)
    seed = chain.seed(promise, facts)
    prize = prize_of(terms, chain.entity, command.definition_version, seed.value, facts)
    won = {
        terms.number: play[terms.number],
        terms.prize: Reward(asset=prize.asset, amount=prize.amount, segment_label=prize.segment_label),
        "server_seed": seed.value,
        "server_seed_hash": seed.hash,
        "definition_version": command.definition_version,
    }
    drawn = terms.drawn(**play | won, seed_number=promise.number, seed_key_id=seed.key_id)
    before = () if isinstance(promise, Promised) else (chain.promise(promise.number, facts),)
    events = (*before, drawn, chain.promise(promise.number + 1, facts))
    return owed(terms, command, prize, won, events, facts)


def prize_of(terms: Terms, entity: str, version: int, server_seed: str, facts: Facts) -> Prize:
    """The weighted draw of docs/fairness.md: the table is walked in its stored order, every unit of weight alike."""
    definition = facts.definitions.at(terms.spec, entity, version)
    if definition is None:
        raise LookupError(f"{terms.noun} {entity} has no version {version}")
    prizes = definition.spec.prizes
    return prizes[pick(server_seed, terms.kind, entity, [prize.weight for prize in prizes])]


def owed(
    terms: Terms, command: DrawPrize, prize: Prize, won: Mapping[str, Any], events: tuple[Event, ...], facts: Facts
) -> Outcome[Event]:
    play: dict[str, Any] = {terms.play: terms.complete(**won)}
    finish = terms.finish(**terms.whose(command), **play)
    if prize.amount == 0:
        return Decision(events, reply=finish.told, finishes=facts.wish)
    pay = PayWallet(
        player=command.player,
        asset=prize.asset,
        amount=prize.amount,
        account=REWARDS,
        reason=f"{terms.noun} {terms.chain(command).entity} {won[terms.number]}",
    )
    return Pending(events, sends=(Send("ledger", command.player, pay, then=finish),))


def commit_seed(terms: Terms, command: CommitSeed, promise: Promise, facts: Facts) -> Outcome[Event]:
    if isinstance(promise, Promised):
        return Decision((), reply=SeedAnswer(server_seed_hash=promise.server_seed_hash))
    chain = terms.chain(command)
    if facts.definitions.current(terms.spec, chain.entity) is None:
        return Refused(terms.unknown)
    told = chain.promise(promise.number, facts)
    return Decision((told,), reply=SeedAnswer(server_seed_hash=told.server_seed_hash))


def streams(terms: Terms, command: DrawCommand) -> tuple[Stream[Any], ...]:
    return (terms.chain(command).stream,)


def decide(terms: Terms, command: DrawCommand, states: States, facts: Facts) -> Outcome[Event]:
    promise = states[terms.chain(command).stream]
    match command:
        case BeginDraw():
            return begin(terms, command, facts)
        case DrawPrize():
            return draw(terms, command, promise, facts)
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
